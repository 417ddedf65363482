"""The recipe: what is learned, that a context shared by chains changes nothing, that a run can be resumed."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast  # noqa: E402

from verisearch.training import pretrain  # noqa: E402
from verisearch.training.export import export  # noqa: E402
from verisearch.training.muon import orthogonal  # noqa: E402
from verisearch.training.packed import Guided, batch_of, forward  # noqa: E402
from verisearch.training.pretrain import (  # noqa: E402
    Recipe,
    batch_at,
    begin_with,
    build_model,
    context_weight_at,
    losses_of,
    optimizers,
    rate_at,
    train,
)
from verisearch.training.rows import CHAIN, CONTEXT, LOOK_UP, NOWHERE, Row, Segment, row_of  # noqa: E402
from verisearch.training.tokenizer import train_tokenizer  # noqa: E402
from verisearch.training.worlds.generate import Theory, draw_theory, marked, prompt  # noqa: E402

pytestmark = pytest.mark.local

SMALL = Recipe(
    vocabulary=640,
    tokenizer_theories=30,
    width=40,
    layers=6,
    heads=5,
    inner=64,
    tokens=1500,
    batch_tokens=256,
    grow_below=9.0,
    grow_by=0.2,
    warmup=2,
    decay=0.4,
)


@pytest.fixture(scope="module")
def tokenizer():  # type: ignore[no-untyped-def]
    return train_tokenizer(seed=1, size=640, theories=30)


@pytest.mark.parametrize(
    "text", ["Bob is kind.\nIs Bob kind?\n", "Ünïcödé 中文 🙂\n\n  x", "The answer is True.\n", "\t\r\n"]
)
def test_the_tokenizer_gives_any_text_back(tokenizer, text: str) -> None:  # type: ignore[no-untyped-def]
    assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_a_sentences_end_and_its_line_break_are_one_token(tokenizer) -> None:  # type: ignore[no-untyped-def]
    tokens = tokenizer.convert_ids_to_tokens(tokenizer("Bob is kind.\nIs Bob kind?\n").input_ids)
    assert ".Ċ" in tokens
    assert "?Ċ" in tokens


@pytest.mark.parametrize("text", ["(1)", "(9)", "(10)", "(37)", "(99)", "- ", "  - ", "            - "])
def test_a_number_or_a_bullet_is_one_token(tokenizer, text: str) -> None:  # type: ignore[no-untyped-def]
    assert len(tokenizer(text).input_ids) == 1
    assert tokenizer(f"{text}Is").input_ids[:1] == tokenizer(text).input_ids


def whole(row: Row, segment: Segment) -> list[int]:
    return [*row.context.ids, *segment.ids]


def test_the_chat_template_makes_the_prompt_of_training(tokenizer) -> None:  # type: ignore[no-untyped-def]
    theory = draw_theory(Random(3))
    example = theory.examples[0]
    asked = prompt(theory.context, example.statement, theory.first)
    row = row_of(tokenizer, theory, theory.examples[:1])
    rendered = tokenizer.apply_chat_template([{"role": "user", "content": asked}], tokenize=False)
    ids = tokenizer(rendered, add_special_tokens=False).input_ids
    assert whole(row, row.behind[0])[: len(ids)] == ids
    assert row.behind[0].learned.index(CHAIN) + len(row.context.ids) == len(ids) - 1


def test_chains_are_learned_with_their_end_look_ups_by_their_first_word_and_contexts(tokenizer) -> None:  # type: ignore[no-untyped-def]
    theory = draw_theory(Random(5))
    row = row_of(tokenizer, theory, theory.examples[:2])
    batch = batch_of([row])

    def taught(kind: int) -> str:
        return tokenizer.decode(batch.targets[batch.learned == kind])

    # segments stand in the order of their length
    chains = sorted(f"{example.text}</s>" for example in theory.examples[:2])
    assert "".join(sorted(taught(CHAIN).split("</s>"))) == "".join(chains).replace("</s>", "")
    assert taught(CONTEXT) == "".join(f"{line}\n" for line in marked(theory.context, theory.first))
    look_ups = [tokenizer(line.text.partition(" ")[0]).input_ids[0] for _, line in theory.lookups]
    assert sorted(batch.targets[batch.learned == LOOK_UP].tolist()) == sorted(look_ups)


def pointed(tokenizer, theory: Theory, name: str):  # type: ignore[no-untyped-def]
    """Of each token that hangs on another: the text up to it, the token behind it, and the one it hangs on."""
    row = row_of(tokenizer, theory)
    for segment in row.behind:
        ids = whole(row, segment)
        for place, position in enumerate(segment.pointers[name]):
            if position != NOWHERE:
                at = len(row.context.ids) + place
                assert position <= at
                yield ids[: at + 1], ids[at + 1], ids[:position], ids[position]


def test_what_is_copied_is_the_same_word(tokenizer) -> None:  # type: ignore[no-untyped-def]
    same, other = 0, 0
    for seed in range(12):
        for _, following, _, source in pointed(tokenizer, draw_theory(Random(seed)), "copied"):
            one, two = (tokenizer.decode([each]).strip().lower() for each in (following, source))
            same += one == two
            other += one != two
            assert one.rstrip("es") == two.rstrip("es")
    assert same > 20 * other


def test_what_is_found_is_the_number_behind_the_sentence(tokenizer) -> None:  # type: ignore[no-untyped-def]
    kinds = {"number": 0, "nothing": 0, "line": 0}
    for seed in range(20):
        theory = draw_theory(Random(seed))
        for so_far, following, before, found in pointed(tokenizer, theory, "found"):
            assert tokenizer.decode(so_far).endswith("- ")
            text = tokenizer.decode([following])
            if not before:
                kinds["nothing"] += 1
                assert "Nothing".startswith(text)
            elif text.startswith("("):
                kinds["number"] += 1
                assert found == following
                assert tokenizer.decode(before).endswith(".")
            else:
                kinds["line"] += 1
                assert tokenizer.decode([found]).endswith("- ")
    assert kinds["number"] > 100
    assert kinds["nothing"] > 20
    assert kinds["line"] > 5


def test_what_is_settled_is_a_condition_of_the_rule_above(tokenizer) -> None:  # type: ignore[no-untyped-def]
    count = 0
    for seed in range(12):
        for so_far, _, before, found in pointed(tokenizer, draw_theory(Random(seed)), "settled"):
            count += 1
            last = tokenizer.decode(so_far).splitlines()[-1]
            rule = tokenizer.decode([*before, found]).splitlines()[-1]
            assert rule.strip().startswith("- (")
            assert last.index("- ") == rule.index("- ") + 2
    assert count > 40


def test_subjects_and_last_words(tokenizer) -> None:  # type: ignore[no-untyped-def]
    """The token behind each sentence hangs on the end of the sentence's subject and of its last word."""
    seen = 0
    for seed in range(8):
        theory = draw_theory(Random(seed))
        row = row_of(tokenizer, theory)
        ends = [place for place, position in enumerate(row.context.pointers["word"]) if position != NOWHERE]
        assert len(ends) == len(theory.context)
        for sentence, place in zip(theory.context, ends, strict=True):
            so_far = tokenizer.decode(row.context.ids[: row.context.pointers["word"][place] + 1])
            told = so_far.rpartition(") ")[2]
            assert sentence.startswith(told)
            assert sentence.removeprefix(told) in (".", "s.", "es.")  # a word is what it is without its ending
            subject = row.context.pointers["subject"][place]
            if subject != NOWHERE:
                seen += 1
                told = tokenizer.decode(row.context.ids[: subject + 1]).splitlines()[-1].partition(") ")[2]
                clause = sentence.partition(" then ")[2] or sentence
                assert sentence.startswith(told)
                assert clause.startswith(told.rpartition(" then ")[2])
                assert len(told.rpartition(" then ")[2].split(" ")) <= 2
    assert seen > 60


def test_guided_attention_is_the_models_own(tokenizer) -> None:  # type: ignore[no-untyped-def]
    model = build_model(SMALL, tokenizer).eval()
    model.set_attn_implementation("eager")
    rows = [row_of(tokenizer, draw_theory(Random(seed))) for seed in (7, 8)]
    guided = (Guided("found", 1, 1, 2), Guided("copied", 2, 0, 1))
    with torch.inference_mode():
        _, guides = forward(model, batch_of(rows), guided)
        for each, (loss, count) in zip(guided, guides, strict=True):
            expected, places = 0.0, 0
            for row in rows:
                for segment in row.behind:
                    ids = torch.tensor([whole(row, segment)])
                    attention = model(input_ids=ids, output_attentions=True).attentions[each.layer][0]
                    for place, position in enumerate(segment.pointers[each.pointer]):
                        if position != NOWHERE:
                            at = attention[each.start : each.start + each.heads, len(row.context.ids) + place, position]
                            expected -= at.log().mean().item()
                            places += 1
            assert count == places > 20
            assert loss.item() == pytest.approx(expected, rel=1e-4)


def test_contexts_count_less_and_less() -> None:
    weights = [context_weight_at(SMALL, tokens) for tokens in (0, 1_000_000, 1_900_000, 9_000_000)]
    assert weights == pytest.approx([0.3, 0.15, 0.03, 0.03])


def test_rows_that_are_packed_are_scored_as_if_alone(tokenizer) -> None:  # type: ignore[no-untyped-def]
    model = build_model(SMALL, tokenizer).eval()
    rows = [row_of(tokenizer, draw_theory(Random(number))) for number in (7, 8, 9)]
    with torch.inference_mode():
        together = losses_of(model, SMALL, batch_of(rows))
        apart = dict.fromkeys((CHAIN, LOOK_UP), 0.0)
        for row in rows:
            for segment in row.behind:
                ids = torch.tensor([whole(row, segment)])
                scores = model(input_ids=ids).logits[0].log_softmax(-1)
                for place, kind in enumerate(segment.learned):
                    if kind in apart:
                        apart[kind] -= scores[len(row.context.ids) + place, segment.ids[place + 1]].item()
    for name, kind in (("chains", CHAIN), ("look_ups", LOOK_UP)):
        assert together[name][0].item() == pytest.approx(apart[kind], rel=1e-4)
        assert together[name][1] == sum(segment.learned.count(kind) for row in rows for segment in row.behind)


def test_batches_depend_on_the_step_alone(tokenizer) -> None:  # type: ignore[no-untyped-def]
    one, again = (batch_at(SMALL, tokenizer, 4, 0.5) for _ in range(2))
    assert torch.equal(one.ids, again.ids)
    assert not torch.equal(one.ids[:50], batch_at(SMALL, tokenizer, 5, 0.5).ids[:50])
    assert len(one.ids) >= SMALL.batch_tokens


def test_the_rate_warms_up_stays_and_ends_at_nothing() -> None:
    assert rate_at(SMALL, 0, 0) == 0.5
    assert rate_at(SMALL, 50, 700) == 1.0
    assert 0 < rate_at(SMALL, 90, 1400) < 1
    assert rate_at(SMALL, 99, 1500) == 0.0


def test_a_run_that_is_asked_to_end_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(tmp_path / "whole", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(pretrain, "asked_to_stop", lambda: [signal.SIGTERM])
            train(tmp_path / "stopped", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    rest = train(tmp_path / "stopped", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    for one, two in zip(whole.parameters(), rest.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_sigterm_is_heard_once_the_step_is_done() -> None:
    heard = pretrain.asked_to_stop()
    try:
        assert not heard
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    # "interrupted": told to stop early, with the rates of the whole run
    half = replace(SMALL, tokens=700)
    train(tmp_path / "halves", replace(half, decay=1e-9), check_every=0.0, check_count=2, check_tokens=4)
    rest = train(tmp_path / "halves", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    for one, two in zip(whole.parameters(), rest.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)
    steps = [json.loads(line)["step"] for line in (tmp_path / "halves" / "log.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))


def test_a_run_can_begin_with_a_model_that_is_there(tmp_path: Path) -> None:
    first = train(tmp_path / "first", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    given = tmp_path / "given"
    first.save_pretrained(given)
    shutil.copytree(tmp_path / "first" / "tokenizer", given, dirs_exist_ok=True)
    # at a rate of nothing it stays what it was
    still = replace(SMALL, muon_rate=0.0, adam_rate=0.0, tokens=300)
    second = train(tmp_path / "second", still, given, check_every=1e9, check_count=2, check_tokens=4)
    for one, two in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.allclose(one, two)
    assert json.loads((tmp_path / "second" / "log.jsonl").read_text().splitlines()[0])["level"] == 1.0


def test_a_model_can_begin_with_another_tokenizers(tmp_path: Path) -> None:
    """A token begins as what the other tokenizer says for the same text."""
    first = train(tmp_path / "first", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    given = tmp_path / "given"
    first.save_pretrained(given)
    one = PreTrainedTokenizerFast.from_pretrained(tmp_path / "first" / "tokenizer")
    one.save_pretrained(given)
    two = train_tokenizer(3, SMALL.vocabulary + 40, SMALL.tokenizer_theories)
    model = build_model(replace(SMALL, seed=2), two)
    begin_with(model, two, given)
    assert torch.equal(model.model.layers[1].mlp.up_proj.weight, first.model.layers[1].mlp.up_proj.weight)
    own, before = (each.get_input_embeddings().weight for each in (model, first))
    shared = set(one.get_vocab()) & set(two.get_vocab())
    assert 300 < len(shared) < len(two)
    for name in shared:
        assert torch.equal(own[two.get_vocab()[name]], before[one.get_vocab()[name]])
    new = next(name for name in sorted(two.get_vocab()) if name not in shared and name.isascii() and len(name) > 3)
    said = one.encode(two.decode([two.get_vocab()[new]]), add_special_tokens=False)
    assert len(said) > 1
    assert torch.allclose(own[two.get_vocab()[new]], before[said].mean(0))


def test_what_is_exported_is_what_was_trained(tmp_path: Path) -> None:
    """Weights in 16 bits, the tokenizer, and the log of every run that made them."""
    made = {}
    for number, start in ((1, None), (2, tmp_path / "model1")):
        made[number] = train(
            tmp_path / f"run{number}", SMALL, start, check_every=1e9, check_count=2, check_tokens=4
        ).get_input_embeddings()
        assert export(tmp_path / f"run{number}", tmp_path / f"model{number}", SMALL) > 10_000
    folder = tmp_path / "model2"
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert torch.equal(model.get_input_embeddings().weight, made[2].weight.bfloat16())
    assert not torch.equal(made[1].weight, made[2].weight)
    text = "- (3) All wumpuses are nice.\n"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids) == text
    log = [json.loads(line) for line in (folder / "training_log.jsonl").read_text().splitlines()]
    assert [entry["run"] for entry in log] == [1] * (len(log) // 2) + [2] * (len(log) // 2)
    assert {path.name for path in folder.iterdir()} >= {"model.safetensors", "tokenizer.json", "config.json"}


def test_learning_lowers_the_loss(tokenizer) -> None:  # type: ignore[no-untyped-def]
    model = build_model(SMALL, tokenizer)
    theory = draw_theory(Random(1))
    batch = batch_of([row_of(tokenizer, theory, theory.examples[:2])])
    losses = []
    updating = optimizers(model, SMALL)
    for _ in range(60):
        total, count = losses_of(model, SMALL, batch)["chains"]
        (total / count).backward()
        for optimizer in updating:
            optimizer.step()
            optimizer.zero_grad()
        losses.append(total.item() / count)
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.parametrize("shape", [(3, 8, 20), (2, 20, 8), (1, 16, 16)])
def test_updates_are_nearly_orthogonal(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert values.min() > 0.3
    assert values.max() < 1.3
