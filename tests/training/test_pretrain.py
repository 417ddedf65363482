"""The recipe: what is learned, that a context shared by chains changes nothing, that a run can be resumed."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from verisearch.training.muon import orthogonal  # noqa: E402
from verisearch.training.pretrain import (  # noqa: E402
    Recipe,
    batch_of,
    batches_at,
    build_model,
    losses_of,
    optimizers,
    rate_at,
    row_of,
    train,
)
from verisearch.training.tokenizer import train_tokenizer  # noqa: E402
from verisearch.training.worlds.generate import draw_theory, marked, prompt  # noqa: E402

pytestmark = pytest.mark.local

SMALL = Recipe(
    vocabulary=640,
    tokenizer_theories=30,
    width=32,
    layers=2,
    heads=2,
    inner=64,
    tokens=1500,
    batch_tokens=256,
    micro_tokens=400,
    grow_below=9.0,
    grow_by=0.2,
    warmup=2,
    guided_layer=1,
    guided_heads=1,
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


@pytest.mark.parametrize("number", [1, 9, 10, 37, 99])
def test_a_sentences_number_is_one_token(tokenizer, number: int) -> None:  # type: ignore[no-untyped-def]
    assert len(tokenizer(f"({number})").input_ids) == 1


def test_the_chat_template_makes_the_prompt_of_training(tokenizer) -> None:  # type: ignore[no-untyped-def]
    theory = draw_theory(Random(3))
    example = theory.examples[0]
    asked = prompt(theory.context, example.statement, theory.first)
    row = row_of(tokenizer, theory, theory.examples[:1])
    rendered = tokenizer.apply_chat_template([{"role": "user", "content": asked}], tokenize=False)
    ids = tokenizer(rendered, add_special_tokens=False).input_ids
    assert row.ids[: len(ids)] == ids
    assert row.learned.index(True) == len(ids) - 1


def test_only_chains_are_learned_with_their_end(tokenizer) -> None:  # type: ignore[no-untyped-def]
    theory = draw_theory(Random(5))
    batch = batch_of([row_of(tokenizer, theory, theory.examples[:2])])
    text = tokenizer.decode(batch.targets)
    wanted = "".join("".join(f"{line}\n" for line in example.chain) + "</s>" for example in theory.examples[:2])
    assert text == wanted
    told = tokenizer.decode(batch.told_targets)
    assert told == "".join(f"{line}\n" for line in marked(theory.context, theory.first))


def test_chains_that_share_a_context_are_scored_as_if_alone(tokenizer) -> None:  # type: ignore[no-untyped-def]
    model = build_model(SMALL, tokenizer).eval()
    theories = [draw_theory(Random(number)) for number in (7, 8)]
    rows = [row_of(tokenizer, theory, theory.examples[:3]) for theory in theories]
    with torch.inference_mode():
        batch = batch_of(rows)
        together = losses_of(model, SMALL, batch).chains
        apart = 0.0
        for theory in theories:
            for example in theory.examples[:3]:
                row = row_of(tokenizer, theory, (example,))
                ids = torch.tensor([row.ids])
                logits = model(input_ids=ids).logits[0, :-1]
                kept = torch.tensor(row.learned[:-1])
                apart += torch.nn.functional.cross_entropy(logits[kept], ids[0, 1:][kept], reduction="sum").item()
    assert together.item() == pytest.approx(apart, rel=1e-4)
    assert len(batch.targets) == sum(sum(row.learned) for row in rows)


def test_batches_depend_on_the_step_alone(tokenizer) -> None:  # type: ignore[no-untyped-def]
    one, again = (batches_at(SMALL, tokenizer, 4, 0.5) for _ in range(2))
    assert all(torch.equal(a.ids, b.ids) for a, b in zip(one, again, strict=True))
    other = batches_at(SMALL, tokenizer, 5, 0.5)
    assert not torch.equal(one[0].ids, other[0].ids)
    assert sum(batch.tokens for batch in one) >= SMALL.batch_tokens


def test_the_rate_warms_up_stays_and_ends_at_nothing() -> None:
    assert rate_at(SMALL, 0, 0) == 0.5
    assert rate_at(SMALL, 50, 700) == 1.0
    assert 0 < rate_at(SMALL, 90, 1400) < 1
    assert rate_at(SMALL, 99, 1500) == 0.0


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    from msgspec.structs import replace

    whole = train(tmp_path / "whole", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    # "interrupted": told to stop early, with the rates of the whole run
    half = replace(SMALL, tokens=700)
    train(tmp_path / "halves", replace(half, decay=1e-9), check_every=0.0, check_count=2, check_tokens=4)
    rest = train(tmp_path / "halves", SMALL, check_every=1e9, check_count=2, check_tokens=4)
    for one, two in zip(whole.parameters(), rest.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)
    steps = [json.loads(line)["step"] for line in (tmp_path / "halves" / "log.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))


def test_learning_lowers_the_loss(tokenizer) -> None:  # type: ignore[no-untyped-def]
    model = build_model(SMALL, tokenizer)
    theory = draw_theory(Random(1))
    batch = batch_of([row_of(tokenizer, theory, theory.examples[:2])])
    losses = []
    updating = optimizers(model, SMALL)
    for _ in range(60):
        loss = losses_of(model, SMALL, batch).chains / len(batch.targets)
        loss.backward()
        for optimizer in updating:
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.parametrize("shape", [(3, 8, 20), (2, 20, 8), (1, 16, 16)])
def test_updates_are_nearly_orthogonal(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert values.min() > 0.3
    assert values.max() < 1.3
