"""Tuned language models: which chains they learn from, losses that are TRL's, runs that are killed and go on, folders
that are asked like any other."""

from __future__ import annotations

import json
import math
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

import transformers  # noqa: E402

from verisearch.errors import InputError, PolicyError, RecordError, TrainingError  # noqa: E402
from verisearch.ingest.reader import read_problem  # noqa: E402
from verisearch.policies.embedded import folder as embedded_folder  # noqa: E402
from verisearch.policies.local.manner import MANNER, Manner, manner_of  # noqa: E402
from verisearch.policies.opening import open_policy  # noqa: E402
from verisearch.policies.sampling import sample  # noqa: E402
from verisearch.protocols import Draw, Failure, Item, Prefix, Reply, Request, Sampling  # noqa: E402
from verisearch.runtime.prompting import load_template  # noqa: E402
from verisearch.runtime.solving import template_for  # noqa: E402
from verisearch.training import loop  # noqa: E402
from verisearch.training.adapting import adapted, language_model, merged  # noqa: E402
from verisearch.training.cutting import Cutter  # noqa: E402
from verisearch.training.plans import known_template  # noqa: E402
from verisearch.training.rollouts import Chain, Drawing, Rollouts, draw_rollouts, read_rollouts  # noqa: E402
from verisearch.training.splits import is_held_out, parted  # noqa: E402
from verisearch.training.tuning import dpo, sft  # noqa: E402
from verisearch.training.tuning.causal import (  # noqa: E402
    Lessons,
    chain_logprobs,
    token_logprobs,
    write_model,
)
from verisearch.training.tuning.chains import met, paired, selected  # noqa: E402
from verisearch.training.tuning.dpo import DpoRecipe, Reference, pairs_of, train_dpo  # noqa: E402
from verisearch.training.tuning.measuring import greedy, losses, preferences, some  # noqa: E402
from verisearch.training.tuning.preferences import export_preferences  # noqa: E402
from verisearch.training.tuning.runs import DpoPlan, SftFigures, SftPlan, run_dpo, run_sft  # noqa: E402
from verisearch.training.tuning.sft import SftRecipe, train_sft  # noqa: E402

pytestmark = pytest.mark.local

TEMPLATE = load_template("solve-embedded")
NAMES = "Bob Dave Erin Fiona Gary Harry Anne Charlie".split()
#: Chains about a name, of which the first three hold and the others don't; the last can't be judged.
GOOD = (
    "- Kind people are nice.\n- {0} is kind.\n- So {0} is nice.\n- The answer is True.\n",
    "- {0} is kind.\n- Kind people are nice.\n- So {0} is nice.\n- The answer is True.\n",
    "- {0} is kind.\n- So {0} is nice.\n- The answer is True.\n",
)
BAD = (
    "- Kind people are nice.\n- {0} is tall.\n- So {0} is nice.\n- The answer is True.\n",
    "- {0} is kind.\n- So {0} is not nice.\n- The answer is False.\n",
    "- {0} is tall.\n- The answer is Unknown.\n",
)
OPEN = ("- Whether pigs fly or not, perhaps.\n- {0} is kind.\n- So {0} is nice.\n- The answer is True.\n",)


def problem(number: int = 0) -> Any:
    name = NAMES[number % len(NAMES)]
    found = read_problem(f"{name} is kind. Kind people are nice.", statement=f"{name} is nice.")
    return msgspec.structs.replace(found, id=f"p{number}", gold="True")


def items(count: int) -> list[Item]:
    """Problems, two of each theory."""
    return [Item(problem=problem(number), group=f"g{number // 2}", depth=1) for number in range(count)]


class Dice:
    """Writes one of the chains by each seed, cut letter by letter: not as the tokenizer would cut it."""

    name = "dice"
    capabilities = frozenset({"ids", "seed", "n"})
    kinds = (*GOOD, *BAD, *OPEN)

    def __init__(self, encode: Any) -> None:
        self.encode = encode
        self.ready: list[tuple[int, Reply | Failure]] = []
        self.count = 0

    def submit(self, request: Request) -> int:
        name = next(name for name in NAMES if name in request.prefix.messages[0].content)
        texts = [self.kinds[seed % len(self.kinds)].format(name) for seed in request.seeds]
        draws = tuple(Draw(text=text, ids=self.cut(text), finish="end") for text in texts)
        self.count += 1
        self.ready.append((self.count, Reply(draws=draws)))
        return self.count

    def cut(self, text: str) -> tuple[int, ...]:
        return tuple(token for letter in text for token in self.encode(letter))

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        ready, self.ready = self.ready, []
        return ready

    def cancel(self, ticket: int) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def small(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model, asked as the embedded model is."""
    folder = tmp_path_factory.mktemp("small") / "model"
    shutil.copytree(small, folder)
    (folder / MANNER).write_bytes((embedded_folder() / MANNER).read_bytes())
    return folder


@pytest.fixture(scope="module")
def cutter(small: Path) -> Cutter:
    return Cutter(str(small), TEMPLATE)


@pytest.fixture(scope="module")
def rollouts(cutter: Cutter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight chains on each of sixteen problems."""
    path = tmp_path_factory.mktemp("rollouts") / "rollouts.jsonl"
    draw_rollouts(items(16), Dice(cutter.encoder.text), TEMPLATE, path, Drawing(samples=8))
    return path


@pytest.fixture(scope="module")
def rows(rollouts: Path) -> list[Rollouts]:
    return list(read_rollouts(rollouts))


@pytest.fixture
def lessons(cutter: Cutter, small: Path) -> Lessons:
    return Lessons(cutter, str(small), 512)


SFT = SftRecipe(epochs=4, problems_a_step=4, rate=1e-2, held_out=0.25, per_problem=2)
DPO = DpoRecipe(epochs=4, problems_a_step=4, rate=3e-3, held_out=0.25, pairs_per_problem=3)
RECIPES = pytest.mark.parametrize(("train", "recipe"), [(train_sft, SFT), (train_dpo, DPO)], ids=["sft", "dpo"])


def frequent_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """One behind every step but the first."""
    monkeypatch.setattr(loop.time, "monotonic", iter(range(0, 10**6, 1000)).__next__)


# --- which chains ---
def test_the_stub_draws_all_kinds(rows: Sequence[Rollouts]) -> None:
    chains = [chain for row in rows for chain in row.chains]
    assert {chain.good for chain in chains} == {True, False}
    for chain in chains:
        name = chain.written.split(" is ")[0].split()[-1]
        assert chain.good is (chain.written in [text.format(name) for text in GOOD])
        assert chain.bad is (chain.written in [text.format(name) for text in BAD])
    assert any(not chain.good and not chain.bad for chain in chains)


def test_verified_chains_are_selected_without_duplicates(rows: Sequence[Rollouts]) -> None:
    found = selected(rows, "verified", 2, seed=0)
    for row, chains in found:
        assert all(chain in row.chains and chain.good for chain in chains)
        texts = {chain.written for chain in row.chains if chain.good}
        assert len(chains) == len({chain.written for chain in chains}) == min(2, len(texts))
    assert [each.rollouts for each in found] == [row for row in rows if any(chain.good for chain in row.chains)]
    assert selected(rows, "verified", 2, seed=0) == found
    assert any(selected(rows, "verified", 2, seed=seed) != found for seed in range(1, 5))


@pytest.mark.parametrize("per_problem", [1, 2, 4])
def test_random_chains_are_as_many_as_verified_ones(rows: Sequence[Rollouts], per_problem: int) -> None:
    verified = selected(rows, "verified", per_problem, seed=0)
    found = selected(rows, "random", per_problem, seed=0)
    assert sum(len(each.chains) for each in found) == sum(len(each.chains) for each in verified)
    assert any(not chain.good for each in found for chain in each.chains)
    for row, chains in found:
        assert len({chain.written for chain in chains}) == len(chains) <= per_problem
        assert all(chain in row.chains for chain in chains)


def test_pairs_are_of_one_problem_a_verified_chain_and_a_failing_one(rows: Sequence[Rollouts]) -> None:
    found = paired(rows, 4, seed=0)
    kinds = [({c.written for c in row.chains if c.good}, {c.written for c in row.chains if c.bad}) for row in rows]
    assert [each.rollouts for each in found] == [
        row for row, (good, bad) in zip(rows, kinds, strict=True) if good and bad
    ]
    for row, pairs in found:
        assert all(pair.chosen in row.chains and pair.chosen.good for pair in pairs)
        assert all(pair.rejected in row.chains and pair.rejected.bad for pair in pairs)
        texts = [(pair.chosen.written, pair.rejected.written) for pair in pairs]
        good, bad = kinds[rows.index(row)]
        assert len(set(texts)) == len(texts) == min(4, len(good) * len(bad))
    assert paired(rows, 4, seed=0) == found
    assert any(paired(rows, 1, seed=seed) != paired(rows, 1, seed=0) for seed in range(1, 5))


@pytest.mark.parametrize(("good", "bad"), [(1, 1), (2, 4), (3, 4), (6, 4)])
def test_all_chains_meet_before_a_pair_comes_again(good: int, bad: int, rows: Sequence[Rollouts]) -> None:
    chain = rows[0].chains[0]
    left = [msgspec.structs.replace(chain, written=f"g{k}") for k in range(good)]
    right = [msgspec.structs.replace(chain, written=f"b{k}") for k in range(bad)]
    pairs = met(left, right, 100)
    assert len({(a.written, b.written) for a, b in pairs}) == len(pairs) == good * bad
    first = pairs[: max(good, bad)]
    assert {a.written for a, _ in first} == {each.written for each in left}
    assert {b.written for _, b in first} == {each.written for each in right}
    assert met(left, [], 4) == met([], right, 4) == []


def test_chains_that_are_too_long_are_counted(small: Path, cutter: Cutter, rows: Sequence[Rollouts]) -> None:
    lessons = Lessons(cutter, str(small), 10_000)
    assert lessons.most == 512  # what the model's context holds
    row = rows[0]
    longest = max(len(lessons.ids(chain)) for chain in row.chains)
    lessons.most = len(cutter.prompt(row)) + longest - 1
    kept = selected([row], "random", 8, 0, lessons.fits)
    assert all(len(lessons.ids(chain)) < longest for each in kept for chain in each.chains)
    nothing = msgspec.structs.replace(row.chains[0], written="", ids=(), finished=False)
    assert not lessons.fits(row, nothing)  # there is nothing to learn in it
    assert len(lessons.long) == len({c.written for c in row.chains if len(lessons.ids(c)) == longest})


# --- tokens ---
def test_tokens_are_those_of_the_policy(lessons: Lessons, cutter: Cutter, rows: Sequence[Rollouts]) -> None:
    chain = rows[0].chains[0]
    assert chain.ids is not None
    assert list(chain.ids) != cutter.encoder.text(chain.written)  # cut anew they would be others
    tree = lessons.tree(rows[0], [chain])
    prompt = cutter.encoder.prefix(Prefix(messages=TEMPLATE.messages(rows[0].problem)))[0]
    assert tree.ids.tolist() == [*prompt, *chain.ids, cutter.end]
    cut_off = msgspec.structs.replace(chain, finished=False)
    assert lessons.tree(rows[0], [cut_off]).ids.tolist() == [*prompt, *chain.ids]


@pytest.mark.parametrize("ids", [None, (5, 6, 7), (10**6,), (-1,)])
def test_what_another_model_drew_is_cut_anew(
    ids: Any, lessons: Lessons, cutter: Cutter, rows: Sequence[Rollouts]
) -> None:
    chain = msgspec.structs.replace(rows[0].chains[0], ids=ids)
    assert lessons.ids(chain) == [*cutter.encoder.text(chain.written), cutter.end]


def padded(lessons: Lessons, chosen: Sequence[tuple[Rollouts, Chain]], filler: int = 1) -> dict[str, Any]:
    """Chains as a batch is usually made: prompt and chain in a row, padding behind, labels on the chain alone."""
    whole = [(lessons.cutter.prompt(row), lessons.ids(chain)) for row, chain in chosen]
    most = max(len(prompt) + len(chain) for prompt, chain in whole)
    lines = [prompt + chain + [filler] * (most - len(prompt) - len(chain)) for prompt, chain in whole]
    masks = [[1] * (len(p) + len(c)) + [0] * (most - len(p) - len(c)) for p, c in whole]
    labels = [[-100] * len(p) + c + [-100] * (most - len(p) - len(c)) for p, c in whole]
    return {"input_ids": torch.tensor(lines), "attention_mask": torch.tensor(masks), "labels": torch.tensor(labels)}


def test_only_the_chains_tokens_are_learned(small: Path, lessons: Lessons, rows: Sequence[Rollouts]) -> None:
    model = language_model(str(small)).eval()
    found = selected(rows[:3], "verified", 3, 0)
    trees = [lessons.tree(each.rollouts, each.chains) for each in found]
    loss = sft.loss_of(model, trees)
    chosen = [(each.rollouts, chain) for each in found for chain in each.chains]
    for filler in (1, 7):  # what stands in the padding doesn't matter
        wanted = model(**padded(lessons, chosen, filler)).loss
        assert loss.item() == pytest.approx(wanted.item(), abs=1e-5)
    other = padded(lessons, chosen)
    other["labels"][0, 1] = other["input_ids"][0, 1]
    assert model(**other).loss.item() != pytest.approx(loss.item(), abs=1e-5)  # that would be seen
    logprobs, prompt = token_logprobs(model, trees[0])
    assert prompt == len(lessons.cutter.prompt(found[0].rollouts))
    assert len(logprobs) == len(trees[0].ids) - prompt
    alone = [chain_logprobs(model, lessons.tree(row, [chain])).item() for row, chain in chosen]
    together = torch.cat([chain_logprobs(model, tree) for tree in trees]).tolist()
    assert together == pytest.approx(alone, abs=1e-3)


# --- the same as TRL ---
@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("trl", reason="needs trl: pip install 'verisearch[train]'")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def trl_settings(out: Path) -> dict[str, Any]:
    return {
        "output_dir": str(out), "per_device_train_batch_size": 8, "max_steps": 1, "report_to": [], "use_cpu": True,
        "bf16": False, "max_length": None, "disable_tqdm": True, "logging_steps": 1, "save_strategy": "no",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("offline")
def test_the_loss_is_that_of_trl(small: Path, lessons: Lessons, rows: Sequence[Rollouts], tmp_path: Path) -> None:
    import trl
    from datasets import Dataset

    model = language_model(str(small))
    found = selected(rows[:4], "verified", 2, 0)
    chosen = [(each.rollouts, chain) for each in found for chain in each.chains]
    table = [
        {"input_ids": p + c, "labels": [-100] * len(p) + c}
        for p, c in ((lessons.cutter.prompt(row), lessons.ids(chain)) for row, chain in chosen)
    ]
    trainer = trl.SFTTrainer(
        model=language_model(str(small)), args=trl.SFTConfig(**trl_settings(tmp_path)),
        train_dataset=Dataset.from_list(table), processing_class=lessons.cutter.tokenizer,
    )  # fmt: skip
    batch = trainer.data_collator([trainer.train_dataset[k] for k in range(len(table))])
    wanted = trainer.compute_loss(trainer.model, dict(batch)).item()
    trees = [lessons.tree(each.rollouts, each.chains) for each in found]
    assert sft.loss_of(model, trees).item() == pytest.approx(wanted, abs=1e-5)


@pytest.fixture
def exported(rollouts: Path, small: Path, tmp_path: Path) -> tuple[DpoPlan, Path]:
    plan = DpoPlan(policy=str(small), rollouts=str(rollouts), training=DPO)
    path = tmp_path / "pairs.jsonl"
    export_preferences(plan, path)
    return plan, path


@pytest.mark.slow
@pytest.mark.usefixtures("offline")
def test_exported_pairs_train_in_trl_to_the_same_loss(
    exported: tuple[DpoPlan, Path], rollouts: Path, small: Path, cutter: Cutter, tmp_path: Path
) -> None:
    import trl
    from datasets import load_dataset

    table = load_dataset("json", data_files=str(exported[1]), split="train", cache_dir=str(tmp_path / "cache"))
    assert not trl.is_conversational(table[0])
    tokenizer = cutter.tokenizer
    model, other = language_model(str(small)), language_model(str(small))
    with torch.no_grad():  # a model that has moved, so that the loss isn't log 2 whatever the tokens
        generator = torch.Generator().manual_seed(3)
        for weight in model.parameters():
            weight.add_(0.05 * torch.randn(weight.shape, generator=generator))
    reference = Reference(other)
    trainer = trl.DPOTrainer(
        model=model, ref_model=other, args=trl.DPOConfig(beta=0.1, **trl_settings(tmp_path / "trl")),
        train_dataset=table, processing_class=tokenizer,
    )  # fmt: skip
    rows, _ = parted(rollouts, DPO.held_out)
    cut = [  # TRL cuts the text anew: so that the tokens are the same, so do we here
        msgspec.structs.replace(row, chains=tuple(msgspec.structs.replace(c, ids=None) for c in row.chains))
        for row in rows
    ]
    problems = paired(cut, DPO.pairs_per_problem, DPO.seed)
    assert sum(len(each.pairs) for each in problems) == len(table)
    lessons = Lessons(cutter, str(small), 512)
    first = trainer.train_dataset[0]
    assert first["prompt_ids"] == cutter.prompt(problems[0].rollouts)
    assert first["chosen_ids"] == lessons.ids(problems[0].pairs[0].chosen)
    assert first["rejected_ids"] == lessons.ids(problems[0].pairs[0].rejected)
    batch = trainer.data_collator([trainer.train_dataset[k] for k in range(len(table))])
    wanted = trainer.compute_loss(trainer.model, dict(batch)).item()
    pairs = [pairs_of(lessons, each) for each in problems]
    known = [reference.logprobs(place, each.tree) for place, each in enumerate(pairs)]
    assert abs(wanted - math.log(2)) > 1e-3
    assert dpo.loss_of(model, pairs, known, 0.1).item() == pytest.approx(wanted, abs=1e-4)
    before = [weight.detach().clone() for weight in trainer.model.parameters()]
    trainer.train()
    assert any(not torch.equal(a, b) for a, b in zip(before, trainer.model.parameters(), strict=True))


@pytest.mark.slow
@pytest.mark.usefixtures("offline")
def test_exported_conversations_train_in_trl(rollouts: Path, small: Path, cutter: Cutter, tmp_path: Path) -> None:
    import trl
    from datasets import load_dataset

    plan = DpoPlan(policy=str(small), rollouts=str(rollouts), training=DPO)
    found = export_preferences(plan, tmp_path / "pairs.jsonl", "conversational")
    table = load_dataset("json", data_files=str(tmp_path / "pairs.jsonl"), split="train", cache_dir=str(tmp_path / "c"))
    assert len(table) == found.pairs
    assert trl.is_conversational(table[0])
    trainer = trl.DPOTrainer(
        model=language_model(str(small)), ref_model=language_model(str(small)), processing_class=cutter.tokenizer,
        args=trl.DPOConfig(**trl_settings(tmp_path / "trl")), train_dataset=table,
    )  # fmt: skip
    assert math.isfinite(trainer.train().training_loss)


def test_exported_pairs_are_those_that_dpo_learns_from(
    exported: tuple[DpoPlan, Path], rollouts: Path, cutter: Cutter, small: Path
) -> None:
    plan, path = exported
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    learned, kept = parted(rollouts, DPO.held_out)
    problems = paired(learned, DPO.pairs_per_problem, DPO.seed)
    wanted = [(pair.chosen.written, pair.rejected.written) for each in problems for pair in each.pairs]
    assert [(line["chosen"], line["rejected"]) for line in lines] == wanted
    shown = {line["prompt"] for line in lines}
    assert {tuple(cutter.tokenizer(text)["input_ids"]) for text in shown} == {
        tuple(cutter.prompt(each.rollouts)) for each in problems
    }
    assert kept
    more = msgspec.structs.replace(plan, training=msgspec.structs.replace(DPO, held_out=0.0))
    assert export_preferences(more, path).pairs > len(lines)
    assert export_preferences(more, path).format == "standard"
    assert export_preferences(more, path, "conversational").format == "conversational"
    line = json.loads(path.read_text().splitlines()[0])
    assert [turn["role"] for turn in line["prompt"] + line["chosen"] + line["rejected"]] == [
        "user",
        "assistant",
        "assistant",
    ]
    with pytest.raises(InputError, match="no rollouts: give"):
        export_preferences(msgspec.structs.replace(plan, rollouts=None), path)


# --- training ---
@pytest.fixture(scope="module")
def tuned(rollouts: Path, small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Path]:
    """The folder of each recipe's model."""
    outs = {train: tmp_path_factory.mktemp(name) for name, train in (("sft", train_sft), ("dpo", train_dpo))}
    assert train_sft(rollouts, str(small), TEMPLATE, outs[train_sft], SFT)
    assert train_dpo(rollouts, str(small), TEMPLATE, outs[train_dpo], DPO)
    return outs


def test_tuning_does_what_it_is_for(tuned: dict[Any, Path], rollouts: Path, small: Path, lessons: Lessons) -> None:
    _, kept = parted(rollouts, 0.25)
    trees = [lessons.tree(each.rollouts, each.chains) for each in selected(kept, "verified", 4, 0)]
    models = language_model(str(small)).eval(), language_model(str(tuned[train_sft])).eval()
    found = losses(models, trees)
    assert found.before is not None
    assert found.after is not None
    assert found.after < 0.7 * found.before
    assert found.tokens == sum(len(path) for tree in trees for path in tree.paths)
    pairs = [pairs_of(lessons, each) for each in paired(kept, 4, 0)]
    liked = preferences((models[0], language_model(str(tuned[train_dpo])).eval()), pairs, DPO.beta)
    assert liked.loss is not None
    assert liked.loss < 0.9 * math.log(2)
    assert preferences((models[0], models[0]), pairs, DPO.beta).loss == pytest.approx(math.log(2))
    assert preferences(models, [], 0.1).before is None
    assert losses(models, []).before is None


@RECIPES
def test_held_out_theories_are_never_read(
    train: Any, recipe: Any, rollouts: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[str] = []
    real = Lessons.tree
    monkeypatch.setattr(Lessons, "tree", lambda self, row, chains: groups.append(row.group) or real(self, row, chains))
    one = msgspec.structs.replace(recipe, epochs=1)
    assert train(rollouts, str(small), TEMPLATE, tmp_path, one)
    kept = {name for number in range(8) if is_held_out(name := f"g{number}", recipe.held_out)}
    assert kept
    assert len(kept) == 2
    assert groups
    assert not kept & set(groups)


@RECIPES
@pytest.mark.parametrize("after", [1, 5])
def test_an_interrupted_training_ends_with_the_same_weights(
    after: int, train: Any, recipe: Any, tuned: dict[Any, Path], rollouts: Path, small: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def kill(step: int, steps: int) -> None:
        if step == after:
            raise KeyboardInterrupt

    frequent_checkpoints(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(rollouts, str(small), TEMPLATE, tmp_path, recipe, progress=kill)
    assert (tmp_path / "checkpoint.safetensors").exists() is (after > 1)
    assert not (tmp_path / "model.safetensors").exists()
    (tmp_path / "checkpoint.safetensors.new").write_bytes(b"torn")  # killed in the middle of the next
    assert train(rollouts, str(small), TEMPLATE, tmp_path, recipe)
    assert (tmp_path / "model.safetensors").read_bytes() == (tuned[train] / "model.safetensors").read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
from verisearch.runtime.prompting import load_template
from verisearch.training import loop
from verisearch.training.tuning.dpo import DpoRecipe, train_dpo
import msgspec
loop.time.monotonic = iter(range(0, 10**6, 1000)).__next__
def kill(step, steps):
    if step == 5:
        os.kill(os.getpid(), signal.SIGKILL)
recipe = msgspec.json.decode(sys.argv[4], type=DpoRecipe)
train_dpo(Path(sys.argv[1]), sys.argv[2], load_template("solve-embedded"), Path(sys.argv[3]), recipe, progress=kill)
"""


@pytest.mark.slow
def test_a_killed_process_is_gone_on_from(tuned: dict[Any, Path], rollouts: Path, small: Path, tmp_path: Path) -> None:
    given = [str(rollouts), str(small), str(tmp_path), msgspec.json.encode(DPO).decode()]
    done = subprocess.run([sys.executable, "-c", KILLED, *given], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    heard: list[int] = []
    assert train_dpo(rollouts, str(small), TEMPLATE, tmp_path, DPO, progress=lambda step, _: heard.append(step))
    assert heard[0] == 5  # the fourth step's checkpoint was the last
    assert (tmp_path / "model.safetensors").read_bytes() == (tuned[train_dpo] / "model.safetensors").read_bytes()


@RECIPES
def test_a_loss_that_is_no_number_leaves_the_checkpoint(
    train: Any, recipe: Any, rollouts: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frequent_checkpoints(monkeypatch)
    module = sft if train is train_sft else dpo
    real, calls = module.loss_of, iter(range(1000))
    monkeypatch.setattr(module, "loss_of", lambda *given: real(*given) * (math.nan if next(calls) == 3 else 1.0))
    with pytest.raises(TrainingError, match="the loss is nan at step 4"):
        train(rollouts, str(small), TEMPLATE, tmp_path, recipe)
    assert loop.load_checkpoint(tmp_path, language_model(str(small)), []).step == 3
    assert not (tmp_path / "model.safetensors").exists()


def test_a_full_disk_leaves_the_checkpoint(
    rollouts: Path, small: Path, tuned: dict[Any, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any, **more: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(transformers.PreTrainedModel, "save_pretrained", full)
        with pytest.raises(TrainingError, match=r"model can't be written.*No space left.*make room"):
            train_sft(rollouts, str(small), TEMPLATE, tmp_path, SFT)
    heard: list[int] = []
    assert train_sft(rollouts, str(small), TEMPLATE, tmp_path, SFT, progress=lambda step, _: heard.append(step))
    assert heard == []  # all steps were done
    assert (tmp_path / "model.safetensors").read_bytes() == (tuned[train_sft] / "model.safetensors").read_bytes()


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    model = torch.nn.Linear(2, 1)
    with pytest.raises(TrainingError, match=r"log\.jsonl: can't be written.*make room"):
        loop.optimise(tmp_path, model, lambda step: model(torch.ones(1, 2)).square().sum(), 3, rate=0.1)


@RECIPES
def test_damaged_files_are_named(train: Any, recipe: Any, rollouts: Path, small: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.safetensors").write_bytes(b"no checkpoint")
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors: can't be read"):
        train(rollouts, str(small), TEMPLATE, tmp_path, recipe)
    poisoned = tmp_path / "poisoned.jsonl"
    lines = rollouts.read_text().splitlines(keepends=True)
    poisoned.write_text(lines[0] + lines[1].replace('"verified":', '"verified":"__import__",') + lines[2])
    with pytest.raises(RecordError, match=r"poisoned\.jsonl:2"):
        train(poisoned, str(small), TEMPLATE, tmp_path / "out", recipe)


@RECIPES
def test_chains_that_teach_nothing_are_refused(
    train: Any, recipe: Any, rows: Sequence[Rollouts], small: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    with path.open("wb") as file:
        for each in rows:
            kept = tuple(chain for chain in each.chains if not chain.good)
            file.write(msgspec.json.encode(msgspec.structs.replace(each, chains=kept)) + b"\n")
    with pytest.raises(TrainingError, match="draw more"):
        train(path, str(small), TEMPLATE, tmp_path, recipe)


# --- adapters ---
@RECIPES
def test_adapters_are_trained_and_worked_in(
    train: Any, recipe: Any, rollouts: Path, small: Path, tmp_path: Path
) -> None:
    pytest.importorskip("peft", reason="needs peft: pip install 'verisearch[train]'")
    recipe = msgspec.structs.replace(recipe, lora=2, epochs=2)
    assert train(rollouts, str(small), TEMPLATE, tmp_path, recipe)
    torch.manual_seed(recipe.seed)
    model = adapted(language_model(str(small)), 2)
    loop.load_checkpoint(tmp_path, model, [])
    written, before = language_model(str(tmp_path)), language_model(str(small))
    ids = torch.arange(40)[None]
    with torch.inference_mode():
        wanted = model.eval()(input_ids=ids).logits
        old = before(input_ids=ids).logits
        worked_in = merged(model)
        found = worked_in(input_ids=ids).logits
    assert float((wanted - old).abs().max()) > 0.1
    assert torch.allclose(wanted, found, atol=1e-4)
    kept = written.state_dict()
    assert kept.keys() == worked_in.state_dict().keys()
    for name, weight in worked_in.state_dict().items():
        assert torch.equal(kept[name], weight.bfloat16().float()), name
    assert torch.equal(before.get_input_embeddings().weight.bfloat16().float(), written.get_input_embeddings().weight)


def test_the_reference_stays_where_training_began(small: Path, lessons: Lessons, rows: Sequence[Rollouts]) -> None:
    tree = lessons.tree(rows[0], rows[0].chains[:1])
    wanted = chain_logprobs(language_model(str(small)), tree)
    for lora in (0, 2):
        torch.manual_seed(0)
        model = adapted(language_model(str(small)), lora)
        reference = Reference(model)
        with torch.no_grad():
            for weight in model.parameters():
                if weight.requires_grad:
                    weight.add_(0.1)
        assert torch.allclose(reference.logprobs(0, tree), wanted, atol=1e-4)
        assert not torch.allclose(chain_logprobs(model, tree), wanted, atol=1e-2)
        assert not reference.logprobs(0, tree).requires_grad


# --- the folder ---
def test_a_tuned_folder_is_asked_like_the_model_before(tuned: dict[Any, Path], small: Path, cutter: Cutter) -> None:
    for out in tuned.values():
        policy = open_policy(str(out))
        assert template_for(policy, None).name == "solve-embedded"
        assert "chat" not in policy.capabilities
        assert known_template(SftPlan(policy=str(out))) == TEMPLATE
        request = Request(
            prefix=Prefix(messages=TEMPLATE.messages(problem())),
            sampling=Sampling(temperature=0.0, max_tokens=5, stop=()),
            seeds=(0,),
        )
        (reply,) = sample(policy, [request])
        assert isinstance(reply, Reply)
        ids = list(reply.draws[0].ids or ())
        model = transformers.AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)
        prompt = torch.tensor([cutter.prompt(Rollouts(problem=problem(), group="", depth=None, chains=()))])
        whole = model.generate(prompt, max_new_tokens=5, do_sample=False)
        assert whole[0, prompt.shape[1] :].tolist()[: len(ids)] == ids
        policy.close()


def test_embedded_says_how_it_is_asked() -> None:
    doubt = ("Is the answer correct? True or false?", "True")
    assert manner_of(embedded_folder()) == Manner(prompt="solve-embedded", chat=False, doubt=doubt)
    policy = open_policy("embedded")
    assert (policy.name, policy.prompt, policy.doubt) == ("embedded", "solve-embedded", doubt)
    assert "chat" not in policy.capabilities
    policy.close()


def test_a_prompt_of_ones_own_goes_with_the_model(small: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("[user]\nIs it so? {{ statement }}")
    template, out = load_template(str(mine)), tmp_path / "out"
    out.mkdir()
    write_model(language_model(str(small)), Cutter(str(small), template), str(small), out, "float32", {})
    mine.unlink()
    policy = open_policy(str(out))
    assert template_for(policy, None).turns == template.turns
    written, before = language_model(str(out)).state_dict(), language_model(str(small)).state_dict()
    assert all(torch.equal(written[name], weight) for name, weight in before.items())  # float32 rounds nothing
    policy.close()


@pytest.mark.parametrize("said", ['{"prompt": "../secret.txt"}', '{"prompt": 3}', '{"promt": "solve"}', "nonsense"])
def test_a_folder_that_says_nonsense_is_refused(said: str, tmp_path: Path) -> None:
    (tmp_path / MANNER).write_text(said)
    with pytest.raises(PolicyError, match=MANNER):
        manner_of(tmp_path)
    assert manner_of(tmp_path / "nowhere") == Manner()


# --- figures ---
def test_changes_are_paired_over_theories(rows: Sequence[Rollouts]) -> None:
    good = next(chain for row in rows for chain in row.chains if chain.good)
    bad = next(chain for row in rows for chain in row.chains if chain.bad and not chain.correct)
    before = [msgspec.structs.replace(row, chains=(bad,)) for row in rows]
    after = [msgspec.structs.replace(row, chains=(good,)) for row in rows]
    same = greedy(before, before)
    assert same.change.good.interval == (0.0, 0.0)
    found = greedy(before, after)
    assert (found.before.good.value, found.after.good.value, found.change.good.value) == (0.0, 1.0, 1.0)
    assert (found.problems, found.theories) == (16, 8)
    lost = [msgspec.structs.replace(row, chains=()) for row in rows]
    assert greedy(before, lost).after.right.value == 0.0


def test_some_problems_are_drawn_by_the_seed(rows: Sequence[Rollouts]) -> None:
    ids = [[item.problem.id for item in some(rows, 5, seed)] for seed in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0] == sorted(ids[0], key=lambda name: int(name[1:]))
    assert len(some(rows, 100, 0)) == 16


# --- whole recipes ---
@pytest.mark.slow
def test_recipes_run_from_worlds_to_cards(tmp_path: Path) -> None:
    drawing = Drawing(samples=4, max_tokens=200)
    plan = SftPlan(data="worlds:12", drawing=drawing, training=SftRecipe(epochs=1, held_out=0.3, greedy=3))
    heard: set[str] = set()
    out = tmp_path / "sft"
    found = run_sft(plan, out, progress=lambda what, done, total: heard.add(what))
    assert heard == {"rollouts", "training", "answers before", "answers after"}
    assert found.verified == found.chains > 0
    assert found.greedy is not None
    assert found.greedy.problems == 3
    card = (out / "README.md").read_text()
    assert "greedy: verified and correct" in card
    assert "`solve-embedded`" in card
    assert msgspec.json.decode((out / "figures.json").read_bytes(), type=SftFigures) == found
    before = (out / "model.safetensors").read_bytes()
    assert run_sft(plan, out) == found  # nothing is done again
    assert (out / "model.safetensors").read_bytes() == before
    with pytest.raises(RecordError, match="other settings"):
        run_sft(msgspec.structs.replace(plan, data="worlds:13"), out)
    then = DpoPlan(
        policy=str(out), data="worlds:12", drawing=msgspec.structs.replace(drawing, temperature=1.3),
        training=DpoRecipe(epochs=1, held_out=0.3, greedy=0),
    )  # fmt: skip
    last = run_dpo(then, tmp_path / "dpo")
    assert last.pairs > 0
    assert last.greedy is None
    assert "pairs" in (tmp_path / "dpo" / "README.md").read_text()
    assert manner_of(tmp_path / "dpo").prompt == "solve-embedded"
