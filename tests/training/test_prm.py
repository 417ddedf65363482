"""The reward model: trees of chains, rollouts, training that is interrupted and goes on, and the verifier on top."""

from __future__ import annotations

import json
import math
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from coin import BAD, GOOD, TEMPLATE, Coin, items, problem

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from safetensors.torch import load_file, save_file  # noqa: E402

from verisearch.errors import InputError, PolicyError, RecordError, TrainingError  # noqa: E402
from verisearch.policies import open_policy  # noqa: E402
from verisearch.protocols import Draw, Message, Partial, Prefix, Reply, Request  # noqa: E402
from verisearch.runtime.prompting import Template  # noqa: E402
from verisearch.trace import Problem  # noqa: E402
from verisearch.training import loop  # noqa: E402
from verisearch.training.cutting import Cutter  # noqa: E402
from verisearch.training.loop import optimise, rate_share  # noqa: E402
from verisearch.training.plans import items_of, weights_of  # noqa: E402
from verisearch.training.reward import prm  # noqa: E402
from verisearch.training.reward.assess import assess, scored_steps  # noqa: E402
from verisearch.training.reward.prm import (  # noqa: E402
    HELD_OUT,
    PrmRecipe,
    ProcessReward,
    train_prm,
    trained_prm,
)
from verisearch.training.reward.runs import PrmPlan, run_prm  # noqa: E402
from verisearch.training.reward.states import PolicyStates  # noqa: E402
from verisearch.training.rollouts import Drawing, Rollouts, draw_rollouts, read_rollouts  # noqa: E402
from verisearch.training.splits import Order, is_held_out, parted  # noqa: E402
from verisearch.training.trees import Leaf, tree_of  # noqa: E402
from verisearch.verifiers import Surroundings, open_verifier  # noqa: E402
from verisearch.verifiers.nets import RewardNet  # noqa: E402
from verisearch.verifiers.prm import PRM, StatePrmVerifier  # noqa: E402
from verisearch.verifiers.states import StateReader  # noqa: E402
from verisearch.verifiers.surprise import FEATURES, NOTHING  # noqa: E402

pytestmark = pytest.mark.local

QUICK = PrmRecipe(epochs=12, problems_a_step=2, rate=1e-2, held_out=0.25, drop=0.0, width=16)


def net_of(small: Path) -> RewardNet:
    """A network of the shape that `QUICK` trains."""
    return RewardNet(PolicyStates(str(small)).words.shape[1], QUICK.width)


@pytest.fixture(scope="module")
def trained(rollouts: Path, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prm")
    assert train_prm(rollouts, str(small), TEMPLATE, out, QUICK)
    return out


# --- trees ---
def test_a_tree_holds_each_shared_prefix_once_with_what_comes_of_it() -> None:
    tree = tree_of(
        [5, 6],
        [Leaf([1, 2, 3], True, 3, [2]), Leaf([1, 2, 4], False, 1, [3]), Leaf([1, 2, 3], True, 3), Leaf([9], False, 0)],
    )
    assert tree.ids.tolist() == [5, 6, 1, 2, 3, 4, 9]
    assert tree.parents.tolist() == [-1, 0, 1, 2, 3, 3, 1]
    assert tree.positions.tolist() == [0, 1, 2, 3, 4, 4, 2]
    assert tree.visits.tolist() == [0, 4, 3, 3, 2, 1, 1]
    assert tree.hits.tolist() == [0, 2, 2, 2, 2, 0, 0]
    assert tree.sound.tolist() == [0, 4, 3, 2, 2, 0, 0]
    assert tree.ends.tolist() == [False, False, False, True, False, True, False]
    assert tree.paths == ((2, 3, 4), (2, 3, 5), (2, 3, 4), (6,))
    seen = tree.mask()[0, 0] == 0
    assert seen[5].tolist() == [True, True, True, True, False, True, False]
    assert seen[6].tolist() == [True, True, False, False, False, False, True]


def test_a_tree_is_read_as_its_chains_would_be(small: Path, trained: Path) -> None:
    prompt, chains = [3, 4, 5], [[7, 8, 9, 10], [7, 8, 11], [12, 9, 10, 7, 8]]
    leaves = [Leaf(chain, True, len(chain)) for chain in chains]
    model = trained_prm(trained)
    together, tree = model.logits(tree_of(prompt, leaves)), tree_of(prompt, leaves)
    assert bool(together[:2].isnan().all())
    for leaf, path in zip(leaves, tree.paths, strict=True):
        alone = model.logits(tree_of(prompt, [leaf]))
        assert torch.allclose(together[[2, *path]], alone[2:], atol=1e-4)
    seen = model.policy.seen(tree)
    with torch.inference_mode():
        said = model.policy.lm(input_ids=torch.tensor([[3, 4, 5, 7, 8, 11]])).logits[0].log_softmax(-1)
    surprise = NOTHING
    for place, token in enumerate([7, 8, 11]):
        surprise = surprise.behind(said[2 + place, token].item(), ends=False)
    assert seen.told[seen.rows[tree.paths[1][-1]]].tolist() == pytest.approx(surprise.features(), abs=1e-4)
    row = int(seen.rows[tree.paths[1][surprise.worst]])
    assert torch.equal(seen.worst[seen.rows[tree.paths[1][-1]]], seen.states[row])


def test_a_chain_spoilt_by_a_step_says_nothing_of_later_ones() -> None:
    tree = tree_of([5], [Leaf([1, 2, 3, 4], False, 1, [1, 3, 4], 3), Leaf([1, 2, 9], True, 3, [1, 3])])
    assert tree.fresh.tolist() == [2, 2, 2, 1, 0, 1]
    assert tree.sound.tolist() == [2, 2, 1, 0, 0, 1]


# --- surprises ---
def test_surprises_grow_with_the_chain() -> None:
    found = NOTHING
    for logprob, ends in ((-0.5, False), (-3.0, True), (-0.1, False), (-1.0, False), (-0.2, False)):
        found = found.behind(logprob, ends)
    assert (found.token, found.step, found.first, found.second) == (0.2, 1.0, 3.0, 1.0)
    assert (found.total, found.step_total) == (pytest.approx(4.8), pytest.approx(1.3))
    assert (found.steps, found.tokens, found.length, found.worst) == (1, 3, 5, 3)
    assert found.fading == pytest.approx([max(3 * factor**3, factor, 0.2) for factor in (0.8, 0.9, 0.95, 0.98, 0.99)])
    assert len(found.features()) == FEATURES
    assert NOTHING.behind(-math.inf, False).token == 15.0
    assert all(math.isfinite(each) for each in NOTHING.behind(-math.inf, False).features())
    assert NOTHING.behind(-3.0, True).behind(-0.1, False).worst == 1  # a new step begins


# --- rollouts ---
def test_rollouts_say_what_each_step_does(rollouts: Path) -> None:
    found = list(read_rollouts(rollouts))
    assert [each.problem.id for each in found] == [f"p{number}" for number in range(12)]
    chains = [chain for each in found for chain in each.chains]
    assert {chain.written for chain in chains} == {GOOD, BAD}
    for chain in chains:
        bad = chain.written == BAD
        assert (chain.verified, chain.good, chain.correct) == (not bad, not bad, True)
        assert chain.first_failure == (1 if bad else None)
        assert chain.steps[:2] == ("holds", "fails" if bad else "holds")
        assert [chain.written[:end].count("\n") for end in chain.ends] == [0, 1, 2, 3]


def test_rollouts_go_on_where_they_were_cut_off(rollouts: Path, tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    lines = rollouts.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5]) + lines[5][:20])  # killed in the middle of a line
    policy = Coin()
    draw_rollouts(items(12), policy, TEMPLATE, path, Drawing(samples=4))
    assert len(policy.asked) == 7
    assert path.read_bytes() == rollouts.read_bytes()


def test_chains_that_are_lost_are_counted_with_the_reason(tmp_path: Path) -> None:
    draw_rollouts(items(2), Coin(broken=[1]), TEMPLATE, tmp_path / "r.jsonl", Drawing(samples=3))
    first, second = read_rollouts(tmp_path / "r.jsonl")
    assert (first.lost, len(first.chains)) == (0, 3)
    assert (second.lost, second.chains, second.reason) == (1, (), "the server went away")


def test_a_draw_that_was_cut_off_is_not_verified(tmp_path: Path) -> None:
    class Cut(Coin):
        def submit(self, request: Request) -> int:
            ticket = super().submit(request)
            self.ready[-1] = (ticket, Reply(draws=(Draw(text=GOOD, finish="length"),)))
            return ticket

    draw_rollouts(items(1), Cut(), TEMPLATE, tmp_path / "r.jsonl", Drawing(samples=1))
    (found,) = read_rollouts(tmp_path / "r.jsonl")
    assert not found.chains[0].verified


# --- training ---
def test_a_reward_learns_to_tell_chains_apart(trained: Path, rollouts: Path) -> None:
    losses = [json.loads(line)["loss"] for line in (trained / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0]
    kept = {name for number in range(12) if is_held_out(name := f"g{number}", QUICK.held_out)}
    assert json.loads((trained / HELD_OUT).read_text()) == sorted(kept)
    rows = [each for each in read_rollouts(rollouts) if each.group in kept]
    model, cutter = trained_prm(trained), Cutter(model_policy(trained), TEMPLATE)
    found = assess(model, cutter, rows)
    assert found.problems == len(kept) > 1
    assert found.invalid.value == 1.0
    assert found.good.value is not None
    assert found.good.value > 0.8  # the first step says nothing yet
    steps = [step for each in rows for step in scored_steps(model, cutter, each, 10_000)]
    last = [step for step in steps if step.step == 3]
    assert min(step.reward for step in last if step.good) > max(step.reward for step in last if not step.good)


@pytest.mark.parametrize("after", [1, 5])
def test_an_interrupted_training_ends_with_the_same_weights(
    after: int, trained: Path, rollouts: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(what: str, step: int, steps: int | None) -> None:
        if what == "training" and step == after:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop.time, "monotonic", iter(range(0, 10**6, 1000)).__next__)  # a checkpoint at every step
    with pytest.raises(KeyboardInterrupt):
        train_prm(rollouts, str(small), TEMPLATE, tmp_path, QUICK, progress=kill)
    assert (tmp_path / "checkpoint.safetensors").exists() is (after > 1)
    (tmp_path / "checkpoint.safetensors.new").write_bytes(b"torn")  # killed in the middle of the next
    assert train_prm(rollouts, str(small), TEMPLATE, tmp_path, QUICK)
    assert (tmp_path / PRM).read_bytes() == (trained / PRM).read_bytes()


def test_a_loss_that_is_no_number_ends_training_and_leaves_the_checkpoint(
    rollouts: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop.time, "monotonic", iter(range(0, 10**6, 1000)).__next__)
    real, calls = prm.loss_of, iter(range(1000))
    monkeypatch.setattr(prm, "loss_of", lambda *given: real(*given) * (math.nan if next(calls) == 3 else 1.0))
    with pytest.raises(TrainingError, match="the loss is nan at step 4"):
        train_prm(rollouts, str(small), TEMPLATE, tmp_path, QUICK)
    assert loop.load_checkpoint(tmp_path, net_of(small), []).step == 3
    assert not (tmp_path / PRM).exists()


def test_a_full_disk_leaves_the_checkpoint_before(
    rollouts: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop.time, "monotonic", iter(range(0, 10**6, 1000)).__next__)
    real, calls = loop.save_checkpoint, iter(range(1000))

    def save(folder: Path, *given: Any) -> None:
        if next(calls) == 2:
            (folder / "checkpoint.safetensors.new").write_bytes(b"half of it")
            raise OSError(28, "No space left on device")
        real(folder, *given)

    monkeypatch.setattr(loop, "save_checkpoint", save)
    with pytest.raises(TrainingError, match=r"No space left on device.*make room"):
        train_prm(rollouts, str(small), TEMPLATE, tmp_path, QUICK)
    assert not (tmp_path / "checkpoint.safetensors.new").exists()
    assert loop.load_checkpoint(tmp_path, net_of(small), []).step == 2


def test_damaged_files_are_named(rollouts: Path, small: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.safetensors").write_bytes(b"no checkpoint")
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors: can't be read"):
        train_prm(rollouts, str(small), TEMPLATE, tmp_path, QUICK)
    poisoned = tmp_path / "poisoned.jsonl"
    lines = rollouts.read_text().splitlines(keepends=True)
    poisoned.write_text(lines[0] + lines[1].replace('"verified":', '"verified":"__import__",') + lines[2])
    with pytest.raises(RecordError, match=r"poisoned\.jsonl:2"):
        train_prm(poisoned, str(small), TEMPLATE, tmp_path / "out", QUICK)


def test_chains_that_all_end_alike_teach_nothing(rollouts: Path, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "good.jsonl"
    with path.open("wb") as file:
        for each in read_rollouts(rollouts):
            kept = tuple(chain for chain in each.chains if chain.good)
            file.write(msgspec.json.encode(msgspec.structs.replace(each, chains=kept)) + b"\n")
    with pytest.raises(TrainingError, match="nothing to tell apart"):
        train_prm(path, str(small), TEMPLATE, tmp_path, QUICK)


def test_no_choice_of_problems_learns_from_what_another_kept(rollouts: Path, tmp_path: Path) -> None:
    learned, kept = parted(rollouts, 0.25)
    assert learned
    assert kept
    fewer = tmp_path / "fewer.jsonl"
    fewer.write_bytes(b"".join(rollouts.read_bytes().splitlines(keepends=True)[::2]))
    assert not {row.group for row in parted(fewer, 0.25)[0]} & {row.group for row in kept}
    assert {row.group for row in parted(fewer, 0.25)[1]} <= {row.group for row in parted(rollouts, 0.4)[1]}
    named = parted(rollouts, 0.0, frozenset({"g1", "nowhere"}))
    assert [row.group for row in named[1]] == ["g1"]
    shares = sum(is_held_out(f"theory {number}", 0.1) for number in range(5000)) / 5000
    assert 0.08 < shares < 0.12


def test_what_is_left_out_at_random_is_the_same_again(
    rollouts: Path, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = msgspec.structs.replace(QUICK, drop=0.4, share=0.5, epochs=2)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert train_prm(rollouts, str(small), TEMPLATE, tmp_path / "one", recipe)

    def kill(what: str, step: int, steps: int | None) -> None:
        if what == "training" and step == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop.time, "monotonic", iter(range(0, 10**6, 1000)).__next__)
    with pytest.raises(KeyboardInterrupt):
        train_prm(rollouts, str(small), TEMPLATE, tmp_path / "two", recipe, progress=kill)
    assert train_prm(rollouts, str(small), TEMPLATE, tmp_path / "two", recipe)
    assert (tmp_path / "one" / PRM).read_bytes() == (tmp_path / "two" / PRM).read_bytes()
    lost = []
    for number, changed in enumerate(({"drop": 0.0}, {"share": 1.0}, {"seed": 1})):
        out = tmp_path / str(number)
        out.mkdir()
        assert train_prm(rollouts, str(small), TEMPLATE, out, msgspec.structs.replace(recipe, **changed))  # type: ignore[arg-type]
        lost.append((out / PRM).read_bytes())
    assert len({(tmp_path / "one" / PRM).read_bytes(), *lost}) == 4


def test_other_prefixes_of_each_problem_are_left_out(rollouts: Path, small: Path) -> None:
    recipe, states = msgspec.structs.replace(QUICK, share=0.5), PolicyStates(str(small))
    tree = Cutter(str(small), TEMPLATE).tree(next(read_rollouts(rollouts)), 3000)
    whole = prm.lesson_of(tree, states, QUICK, 1, 0)
    lessons = [prm.lesson_of(tree, states, recipe, 1, number) for number in range(20)]
    assert len({tuple(each.told[:, 0].tolist()) for each in lessons}) > 10
    assert sum(len(each.told) for each in lessons) < 20 * len(whole.told)
    mean = sum(float(each.weights.sum()) for each in lessons) / 20
    assert mean == pytest.approx(float(whole.weights.sum()), rel=0.15)  # those that are kept stand for the others


def test_a_finished_training_reads_nothing_again(
    trained: Path, rollouts: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (trained / PRM).read_bytes()
    (trained / PRM).write_bytes(whole[:100])
    assert train_prm(rollouts, str(small), TEMPLATE, trained, QUICK)
    assert (trained / PRM).read_bytes() == whole  # from the checkpoint
    monkeypatch.setattr(prm, "PolicyStates", None)
    assert train_prm(rollouts, str(small), TEMPLATE, trained, QUICK)


@pytest.mark.parametrize("kind", ["GraniteForCausalLM", "Gemma2ForCausalLM"])
def test_surprises_go_by_the_logits_as_the_model_itself_makes_them(kind: str, small: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    shapes = {
        "vocab_size": 2048, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8, "max_position_embeddings": 512,
        "initializer_range": 0.2, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1,
    }  # fmt: skip
    own = {"logits_scaling": 8.0} if kind.startswith("Granite") else {"final_logit_softcapping": 5.0}
    config = getattr(transformers, kind.replace("ForCausalLM", "Config"))(**shapes, **own)
    torch.manual_seed(0)
    getattr(transformers, kind)(config).save_pretrained(tmp_path)
    Cutter(str(small), TEMPLATE).tokenizer.save_pretrained(tmp_path)
    reader, states = StateReader(tmp_path, messages), PolicyStates(str(tmp_path))
    (read,) = reader.told([partial(GOOD)])
    prompt, chain = reader.parts(partial(GOOD))
    tree = tree_of(prompt, [Leaf(chain, True, len(chain))])
    seen = states.seen(tree)
    assert read.surprise.features() == pytest.approx(seen.told[-1].tolist(), abs=1e-3)
    assert read.state is not None
    assert torch.allclose(read.state, seen.states[-1], atol=1e-3)
    reader.close()


def test_what_is_remembered_is_forgotten_before_it_grows_beyond_the_trie(trained: Path) -> None:
    free, tight = StatePrmVerifier(trained, messages), StatePrmVerifier(trained, messages)
    tight._reader._remembered = 20
    cases = [partial(GOOD[:end]) for end in range(0, len(GOOD), 3)]
    for case in cases:
        assert tight.score([case])[0].value == pytest.approx(free.score([case])[0].value, abs=1e-5)
        assert len(tight._reader._surprises) <= 20 + len(tight._reader.parts(case)[1]) + 1
    assert len(free._reader._surprises) > 40
    small = StatePrmVerifier(trained, messages, cache_bytes=300 * free._reader.runner.decoder.position_bytes)
    several = small.score(cases * 2)  # more than the trie has room for
    assert [each.value for each in several] == pytest.approx([each.value for each in free.score(cases * 2)], abs=1e-4)


def test_a_reward_is_of_the_weights_that_it_was_trained_on(rollouts: Path, small: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    shutil.copytree(small, policy)
    recipe = msgspec.structs.replace(QUICK, epochs=1)
    (tmp_path / "prm").mkdir()
    assert train_prm(rollouts, str(policy), TEMPLATE, tmp_path / "prm", recipe)
    assert StatePrmVerifier(tmp_path / "prm", messages).score([partial(GOOD)])[0].value is not None
    weights = policy / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(bytes(changed))
    with pytest.raises(PolicyError, match="other weights"):
        StatePrmVerifier(tmp_path / "prm", messages)
    with pytest.raises(InputError, match="other weights"):
        trained_prm(tmp_path / "prm")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(small, elsewhere)
    moved = StatePrmVerifier(tmp_path / "prm", messages, running=str(elsewhere))
    assert moved.score([partial(GOOD)])[0].value is not None
    shutil.rmtree(policy)
    with pytest.raises(PolicyError, match=r"prm\.safetensors reads the states of the policy .* and .*no such folder"):
        StatePrmVerifier(tmp_path / "prm", messages)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("problems_a_step", 0),
        ("held_out", 1.0),
        ("held_out", -0.1),
        ("rate", 0.0),
        ("drop", 1.0),
        ("share", 0.0),
        ("width", 0),
    ],
)
def test_settings_out_of_their_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"training.{name}"):
        PrmRecipe(**{name: value})


def test_trees_that_hold_no_chain_teach_nothing(rollouts: Path, small: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="of 0 chains"):
        train_prm(rollouts, str(small), TEMPLATE, tmp_path, msgspec.structs.replace(QUICK, most_tokens=50))
    assert not (tmp_path / PRM).exists()


def test_a_gradient_that_is_no_number_takes_no_step(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 1)
    before = model.weight.detach().clone()

    def loss(step: int) -> Any:  # finite, with a gradient that isn't
        return (model(torch.zeros(1, 2)) * 0 + model.weight.sum() * 0).sum() + torch.sqrt(model.bias * 0).sum()

    with pytest.raises(TrainingError, match="gradient's norm is nan"):
        optimise(tmp_path, model, loss, 2, rate=0.1)
    assert torch.equal(model.weight, before)
    assert not (tmp_path / "checkpoint.safetensors").exists()


def test_rollouts_of_another_tokenizer_are_read_by_their_text(rollouts: Path, small: Path) -> None:
    cutter = Cutter(str(small), TEMPLATE)
    chain = next(read_rollouts(rollouts)).chains[0]
    own = cutter.encoder.text(chain.written)
    for ids in ((5, 6, 7), (10**6,), ()):
        assert cutter.ids(msgspec.structs.replace(chain, ids=ids)) == own
    letters = tuple(token for letter in chain.written for token in cutter.encoder.text(letter))
    assert cutter.ids(msgspec.structs.replace(chain, ids=letters)) == list(letters)  # drawn so


def test_a_problem_with_many_tokens_is_read_in_lots(trained: Path, rollouts: Path) -> None:
    row, cutter = next(read_rollouts(rollouts)), Cutter(model_policy(trained), TEMPLATE)
    model = trained_prm(trained)
    together, apart = (scored_steps(model, cutter, row, most) for most in (10_000, 60))
    assert len(list(cutter.lots(row, 60))) == len(row.chains)
    assert [step.reward for step in apart] == pytest.approx([step.reward for step in together], abs=1e-5)


def test_rollouts_of_other_problems_are_not_gone_on_with(rollouts: Path, tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    path.write_bytes(rollouts.read_bytes())
    with pytest.raises(RecordError, match="other problems"):
        draw_rollouts(items(14)[1:], Coin(), TEMPLATE, path, Drawing(samples=4))
    assert path.read_bytes() == rollouts.read_bytes()


def test_a_folder_that_holds_something_else_is_left_alone(rollouts: Path, small: Path, tmp_path: Path) -> None:
    plan = PrmPlan(policy=f"transformers:{small}", prompt="solve-embedded", rollouts=str(rollouts), training=QUICK)
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(RecordError, match="is not empty"):
        run_prm(plan, tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_run_that_came_to_nothing_may_change_its_settings(small: Path, rollouts: Path, tmp_path: Path) -> None:
    plan = PrmPlan(policy=f"transformers:{small}", prompt="solve-embedded", rollouts=str(rollouts), training=QUICK)
    out = tmp_path / "out"
    for wrong, said in (
        (tmp_path / "none.jsonl", "no such file"),
        (tmp_path, "this is a folder"),
        (small / "config.json", "holds no rollouts"),
    ):
        with pytest.raises(InputError, match=said):
            run_prm(msgspec.structs.replace(plan, rollouts=str(wrong)), out)
    assert run_prm(plan, out).problems > 1
    assert (out / PRM).stat().st_mode & 0o777 == 0o644
    with pytest.raises(RecordError, match="other settings"):
        run_prm(msgspec.structs.replace(plan, limit=3), out)


def test_a_reward_model_is_no_policy(trained: Path) -> None:
    for name in (str(trained), f"transformers:{trained}"):
        with pytest.raises(PolicyError, match="a reward model, which writes nothing; use it as --verifier prm:"):
            open_policy(name)
        with pytest.raises(PolicyError, match="a reward model"):
            weights_of(name)


def test_epochs_take_everything_once_in_an_order_of_their_own() -> None:
    order = Order(7, 3, seed=1)
    epochs = [[place for step in range(3 * epoch, 3 * epoch + 3) for place in order.at(step)] for epoch in range(2)]
    assert [sorted(each) for each in epochs] == [list(range(7))] * 2
    assert epochs[0] != epochs[1]
    assert Order(7, 3, seed=1).at(4) == order.at(4)


def test_the_rate_rises_and_falls() -> None:
    shares = [rate_share(step, 100, 0.1) for step in range(100)]
    assert shares[:10] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert all(a > b for a, b in pairwise(shares[10:]))
    assert 0 < shares[-1] < 0.001


def test_a_term_signal_ends_training_with_a_checkpoint(tmp_path: Path) -> None:
    import os
    import signal

    model = torch.nn.Linear(2, 1)

    def loss(step: int) -> Any:
        if step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return model(torch.ones(1, 2)).square().sum()

    assert not optimise(tmp_path, model, loss, 10, rate=0.1)
    assert loop.load_checkpoint(tmp_path, model, []).step == 3
    assert optimise(tmp_path, model, lambda step: model(torch.ones(1, 2)).square().sum(), 10, rate=0.1)


# --- the verifier ---
def messages(asked: Problem) -> tuple[Message, ...]:
    return TEMPLATE.messages(asked)


def partial(written: str, finished: bool = False) -> Partial:
    return Partial(problem=problem(), written=written, finished=finished)


def model_policy(folder: Path) -> str:
    """Where the weights are that the reward in a folder reads."""
    return trained_prm(folder).policy.source


def wanted(model: ProcessReward, prompt: list[int], ids: list[int]) -> list[float]:
    """Both outputs behind a chain, by a tree of it alone."""
    tree = tree_of(prompt, [Leaf(ids, True, len(ids))])
    return model.logits(tree)[-1].sigmoid().tolist()  # type: ignore[no-any-return]


def test_the_verifier_gives_what_the_model_says(trained: Path) -> None:
    verifier, sound = StatePrmVerifier(trained, messages), StatePrmVerifier(trained, messages, label="sound")
    model, cutter = trained_prm(trained), Cutter(model_policy(trained), TEMPLATE)
    prompt = cutter.encoder.prefix(Prefix(messages=messages(problem())))[0]
    cases = [partial(""), partial(GOOD[:24]), partial(GOOD, True), partial(BAD, True), partial(BAD)]
    for case, score, other in zip(cases, verifier.score(cases), sound.score(cases), strict=True):
        ids = cutter.encoder.text(case.written) + [cutter.end] * case.finished
        assert [score.value, other.value] == pytest.approx(wanted(model, prompt, ids), abs=1e-4)
        assert score.usage.verifier_calls == 1
    assert verifier.parameters > 0
    first = StatePrmVerifier(trained, messages).score(cases)
    again = verifier.score(cases)  # what is remembered says the same
    assert [each.value for each in again] == pytest.approx([each.value for each in first], abs=1e-5)
    assert {each.usage.verifier_tokens for each in again} == {0}
    with pytest.raises(InputError, match="no label 'good'"):
        StatePrmVerifier(trained, messages, label="good")


def test_a_chain_that_grows_is_not_read_anew(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = StatePrmVerifier(trained, messages)
    asked: list[int] = []
    real = verifier._reader.runner.logits_at
    monkeypatch.setattr(
        verifier._reader.runner, "logits_at", lambda branch, a, b: (asked.append(b - a), real(branch, a, b))[1]
    )
    lines = GOOD.splitlines(keepends=True)
    read = [len(verifier._reader.ids(partial("".join(lines[:k])))) for k in range(len(lines) + 1)]
    scores = [verifier.score([partial("".join(lines[:k]))])[0] for k in range(len(lines) + 1)]
    costs = [each.usage.verifier_tokens for each in scores]
    assert costs == [read[0], *(b - a for a, b in pairwise(read))]
    assert sum(costs) == verifier.statistics.computed == verifier.statistics.inserted
    assert asked == costs[1:]  # each token's probability was asked for once
    assert verifier.score([partial(GOOD)])[0].usage.verifier_tokens == 0
    verifier.forget()
    whole = verifier.score([partial(GOOD)])[0]
    assert whole.usage.verifier_tokens == read[-1]
    assert whole.value == pytest.approx(scores[-1].value, abs=1e-5)
    both = verifier.score([partial(GOOD), partial("x" * 5000)])
    assert both[0].value is not None
    assert both[1].value is None
    assert "context" in both[1].reason
    verifier.close()


def test_what_is_no_reward_model_is_refused(small: Path, trained: Path, tmp_path: Path) -> None:
    around = Surroundings(messages=messages)
    with pytest.raises(PolicyError, match="no output for rewards"):
        open_verifier(f"prm:{small}", around)
    with pytest.raises(PolicyError, match="no folder"):
        open_verifier(f"prm:{tmp_path / 'none'}", around)
    with pytest.raises(InputError, match="prm:FOLDER"):
        open_verifier("prm", around)
    with pytest.raises(InputError, match="no policy"):
        open_verifier(f"prm:{small}")
    with pytest.raises(InputError, match="has no option bad=, good="):
        open_verifier(f"prm:{trained}:good=a:bad=b", around)
    assert open_verifier(f"prm:{trained}:label=sound", around).name.endswith("label='sound'")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / PRM).write_bytes(b"nothing")
    with pytest.raises(PolicyError, match="can't be read"):
        open_verifier(f"prm:{broken}", around)
    kept = load_file(trained / PRM)
    made = {"policy": "embedded", "digest": "", "hidden": 32, "vocabulary": 2048, "width": QUICK.width}
    for told, said in (
        (None, "train it anew"),
        ({**made, "hidden": 2**62}, "is damaged"),
        ({**made, "width": "wide"}, "can't be read"),
        (made, "embedded has 192 and 2048 now"),
    ):
        save_file(kept, broken / PRM, metadata=None if told is None else {"made": json.dumps(told)})
        with pytest.raises(PolicyError, match=said):
            open_verifier(f"prm:{broken}", around)
    save_file({**kept, "out.bias": torch.full((2,), torch.nan)}, broken / PRM, metadata={"made": json.dumps(made)})
    with pytest.raises(PolicyError, match="no numbers"):
        open_verifier(f"prm:{broken}", around)
    (broken / PRM).rename(broken / "mrm.safetensors")
    with pytest.raises(InputError, match="--verifier mrm:"):
        open_verifier(f"prm:{broken}", around)
    save_file({**kept, "bias": torch.zeros(3)}, broken / PRM, metadata={"made": json.dumps(made)})
    with pytest.raises(PolicyError, match="another kind"):
        open_verifier(f"prm:{broken}", around)


# --- the whole recipe ---
def test_data_is_named_or_refused(tmp_path: Path) -> None:
    found = list(items_of("worlds:5", 3))
    assert len(found) == 5
    assert [each.problem.id for each in items_of("worlds:3", 3)] == [each.problem.id for each in found[:3]]
    assert len(list(items_of("worlds:5", 3, 2))) == 2
    for wrong in ("worlds", "worlds:", "worlds:many", "worlds:0"):
        with pytest.raises(InputError, match="data"):
            list(items_of(wrong, 0))
    with pytest.raises(InputError, match="own weights"):
        weights_of("openai:model@http://127.0.0.1:1/v1")


@pytest.mark.slow
def test_the_recipe_runs_from_worlds_to_card(tmp_path: Path) -> None:
    plan = PrmPlan(
        data="worlds:10", drawing=Drawing(samples=4), training=PrmRecipe(epochs=1, held_out=0.3, problems_a_step=2)
    )
    heard: list[str] = []
    found = run_prm(plan, tmp_path / "out", progress=lambda what, done, total: heard.append(f"{what} {done}/{total}"))
    assert "rollouts 10/10" in heard
    assert found.problems >= 1
    rows: list[Rollouts] = list(read_rollouts(tmp_path / "out" / "rollouts.jsonl"))
    assert all(len(each.chains) + each.lost == 4 for each in rows)
    assert all(chain.ids for each in rows for chain in each.chains)
    told = (tmp_path / "out" / "README.md").read_text()
    assert "worlds:10" in told
    assert "| the step is invalid" in told
    before = (tmp_path / "out" / PRM).read_bytes()
    assert run_prm(plan, tmp_path / "out") == found  # nothing is done again
    assert (tmp_path / "out" / PRM).read_bytes() == before
    with pytest.raises(RecordError, match="other settings"):
        run_prm(msgspec.structs.replace(plan, data="worlds:11"), tmp_path / "out")
    score = StatePrmVerifier(tmp_path / "out", messages).score([partial(GOOD, True)])[0]
    assert score.value is not None
    assert 0 < score.value < 1


def test_templates_are_those_of_the_policy(rollouts: Path, small: Path, tmp_path: Path) -> None:
    other = Template(name="other", turns=(Message("user", "{{ statement }}"),))
    cutter, same = Cutter(str(small), other), Cutter(str(small), TEMPLATE)
    row = next(read_rollouts(rollouts))
    assert len(cutter.prompt(row)) < len(same.prompt(row))
