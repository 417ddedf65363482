"""The multifurcation reward: what is regressed, what is masked, how close it comes, and the verifier on top."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from coin import BAD, GOOD, TEMPLATE, problem

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from safetensors.torch import load_file  # noqa: E402

from verisearch.errors import InputError, PolicyError, RecordError, TrainingError  # noqa: E402
from verisearch.policies import open_policy  # noqa: E402
from verisearch.protocols import Fork, Message, Partial, TokenChoice  # noqa: E402
from verisearch.trace import Problem  # noqa: E402
from verisearch.training import loop  # noqa: E402
from verisearch.training.cutting import Cutter  # noqa: E402
from verisearch.training.reward.closeness import closeness, observed_pairs, sigmoid  # noqa: E402
from verisearch.training.reward.mrm import MrmRecipe, begun_from, forks_of, load_mrm, train_mrm  # noqa: E402
from verisearch.training.reward.prm import HELD_OUT, PrmRecipe, trained_prm  # noqa: E402
from verisearch.training.reward.runs import MrmPlan, PrmPlan, run_mrm, run_prm  # noqa: E402
from verisearch.training.rollouts import read_rollouts  # noqa: E402
from verisearch.training.trees import Leaf, tree_of  # noqa: E402
from verisearch.verifiers import Surroundings, open_verifier  # noqa: E402
from verisearch.verifiers.mrm import HEAD, MrmVerifier  # noqa: E402

pytestmark = pytest.mark.local

QUICK = MrmRecipe(epochs=20, problems_a_step=2, rate=5e-3)


@pytest.fixture(scope="module")
def teacher(rollouts: Path, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prm")
    recipe = PrmRecipe(epochs=12, problems_a_step=2, rate=1e-2, held_out=0.25, end_weight=1.0, drop=0.0, width=16)
    plan = PrmPlan(policy=f"transformers:{small}", prompt="solve-embedded", rollouts=str(rollouts), training=recipe)
    run_prm(plan, out)
    return out


@pytest.fixture(scope="module")
def trained(rollouts: Path, small: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mrm")
    assert train_mrm(rollouts, str(teacher), TEMPLATE, out, QUICK)
    return out


@pytest.fixture(scope="module")
def tokens(small: Path) -> Any:
    return Cutter(str(small), TEMPLATE).tokenizer


def messages(asked: Problem) -> tuple[Message, ...]:
    return TEMPLATE.messages(asked)


def partial(written: str, tokens: Any, finished: bool = False) -> Partial:
    ids = tuple(tokens(written, add_special_tokens=False)["input_ids"])
    return Partial(problem=problem(), written=written, finished=finished, ids=ids)


def fork(written: str, tokens: Any, choices: list[int]) -> Fork:
    return Fork(partial=partial(written, tokens), choices=tuple(TokenChoice(each, "", -1.0) for each in choices))


# --- training ---
def test_each_token_is_a_target_behind_the_one_before_it(teacher: Path) -> None:
    policy = trained_prm(teacher).policy
    tree = tree_of([5, 6], [Leaf([1, 2], True, 2), Leaf([1, 3], False, 0), Leaf([1, 2], True, 2)])
    forks = forks_of(tree, policy.seen(tree))
    before = tree.ids[tree.parents[forks.places]].tolist()
    assert list(zip(before, forks.tokens.tolist(), strict=True)) == [(6, 1), (1, 2), (1, 3)]
    assert forks.counts.tolist() == [3, 2, 1]
    withheld = torch.zeros(2048, dtype=torch.bool)
    withheld[2] = True
    assert forks_of(tree, policy.seen(tree), withheld).tokens.tolist() == [1, 3]


def test_it_begins_by_saying_what_the_process_reward_says_of_a_state_that_stood_still(
    teacher: Path, small: Path, rollouts: Path
) -> None:
    prm = trained_prm(teacher)
    model = begun_from(prm)
    tree = Cutter(str(small), TEMPLATE).tree(next(read_rollouts(rollouts)), 3000)
    seen = prm.policy.seen(tree)
    forks = forks_of(tree, seen)
    before = seen.rows[tree.parents[forks.places]]
    assert torch.equal(forks.states, seen.states[before])
    own = seen.rows[forks.places]
    assert torch.equal(forks.told, seen.told[own])  # known exactly
    with torch.inference_mode():
        theirs = prm.net(seen.states[before], forks.worst, seen.told[own])[:, 0]
        assert torch.allclose(model.logits(forks), theirs, atol=1e-5)
    same = (forks.worst == seen.worst[own]).all(-1)  # but where the token is the step's least likely one
    assert 0 < int(same.sum()) < len(same)
    new = ~same
    assert torch.equal(forks.worst[new], seen.states[before][new])


def test_only_observed_entries_learn(rollouts: Path, small: Path, teacher: Path, trained: Path) -> None:
    head = load_file(trained / HEAD)
    seen = head["seen"].bool()
    cutter = Cutter(str(small), TEMPLATE)
    said = {token for each in read_rollouts(rollouts) for chain in each.chains for token in cutter.chain(chain)}
    assert {place for place, known in enumerate(seen.tolist()) if known} == said  # all problems are alike
    assert bool((head["bias"][~seen] == 0).all())
    assert bool((head["bias"][seen] != 0).any())
    assert torch.equal(load_mrm(trained).policy.words, trained_prm(teacher).policy.words)  # the policy's, as they are


def test_it_comes_close_to_the_process_reward_where_it_was_trained(
    rollouts: Path, small: Path, teacher: Path, trained: Path
) -> None:
    losses = [msgspec.json.decode(line)["loss"] for line in (trained / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0] / 2
    prm, model, cutter = trained_prm(teacher), load_mrm(trained), Cutter(str(small), TEMPLATE)
    rows = list(read_rollouts(rollouts))[:2]
    found = closeness(model, prm, cutter, rows)
    assert found.problems == 2
    assert found.unseen.count == 0
    assert found.unseen.mae.value is None
    pairs = [pair for each in rows for pair in observed_pairs(model, prm, cutter, each, 3000)]
    assert found.seen.count == len(pairs)
    errors = [abs(sigmoid(pair.multifurcation) - sigmoid(pair.process)) for pair in pairs]
    assert found.seen.mae.value == pytest.approx(math.fsum(errors) / len(errors))
    assert found.seen.mae.value < 0.1
    assert found.seen.correlation is not None
    assert found.seen.correlation > 0.9
    begun = begun_from(prm)
    begun.net.seen.fill_(1)
    untrained = closeness(begun, prm, cutter, rows).seen.mae.value
    assert untrained is not None
    assert found.seen.mae.value < untrained


def test_an_interrupted_training_ends_with_the_same_weights(
    trained: Path, rollouts: Path, small: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(what: str, step: int, steps: int | None) -> None:
        if what == "training" and step == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop.time, "monotonic", iter(range(0, 10**6, 1000)).__next__)
    with pytest.raises(KeyboardInterrupt):
        train_mrm(rollouts, str(teacher), TEMPLATE, tmp_path, QUICK, progress=kill)
    assert train_mrm(rollouts, str(teacher), TEMPLATE, tmp_path, QUICK)
    assert (tmp_path / HEAD).read_bytes() == (trained / HEAD).read_bytes()


def test_tokens_that_are_withheld_are_no_targets(rollouts: Path, small: Path, teacher: Path, tmp_path: Path) -> None:
    recipe = msgspec.structs.replace(QUICK, epochs=1, withheld=0.3)
    assert train_mrm(rollouts, str(teacher), TEMPLATE, tmp_path, recipe)
    head = load_file(tmp_path / HEAD)
    said = {
        token
        for each in read_rollouts(rollouts)
        for chain in each.chains
        for token in Cutter(str(small), TEMPLATE).chain(chain)
    }
    withheld = [token for token in said if not head["seen"][token]]
    assert len(withheld) == round(0.3 * len(said))
    assert bool((head["bias"][withheld] == 0).all())
    for share in (-0.1, 1.0):
        with pytest.raises(InputError, match="withheld"):
            MrmRecipe(withheld=share)


def test_nothing_to_learn_from_is_said(small: Path, teacher: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(TrainingError, match="no chains"):
        train_mrm(empty, str(teacher), TEMPLATE, tmp_path / "out", QUICK)


def test_the_recipe_takes_the_rollouts_of_the_process_reward(
    rollouts: Path, small: Path, teacher: Path, tmp_path: Path
) -> None:
    plan = MrmPlan(prm=str(teacher), training=msgspec.structs.replace(QUICK, epochs=1))
    found = run_mrm(plan, tmp_path / "out")  # policy, prompt and rollouts are the process reward's
    assert found.seen.count > 0
    kept = msgspec.json.decode((teacher / HELD_OUT).read_bytes())
    assert found.problems == len(kept)
    told = (tmp_path / "out" / "README.md").read_text()
    assert "| tokens that were targets |" in told
    assert f"`{rollouts.name}`" in told
    assert "worlds:3000" not in told
    assert run_mrm(plan, tmp_path / "out") == found  # nothing is done again
    with pytest.raises(RecordError, match="other settings"):
        run_mrm(msgspec.structs.replace(plan, limit=3), tmp_path / "out")
    few = run_mrm(msgspec.structs.replace(plan, limit=6), tmp_path / "few")
    assert few.problems < found.problems
    for wrong, said in (
        ({"prm": ""}, "name the folder"),
        ({"prm": str(small)}, "no process reward model"),
        ({"rollouts": str(tmp_path / "none")}, "no such file"),
        ({"policy": "smollm2"}, "was made for"),
        ({"prompt": "solve"}, "was made for"),
    ):
        with pytest.raises(InputError, match=said):
            run_mrm(msgspec.structs.replace(plan, **wrong), tmp_path / f"other {said}")


def test_another_makers_reward_is_no_teacher(small: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    other = transformers.AutoModelForTokenClassification.from_pretrained(small, num_labels=2)
    other.save_pretrained(tmp_path)
    with pytest.raises(InputError, match="no process reward model"):
        trained_prm(tmp_path)


# --- the verifier ---
def test_one_call_gives_what_the_model_says_of_every_token(trained: Path, tokens: Any) -> None:
    verifier = MrmVerifier(trained, messages, tokens)
    model = load_mrm(trained)
    cutter = Cutter(model.policy.source, TEMPLATE)
    seen = load_file(trained / HEAD)["seen"].bool()
    known = [place for place, each in enumerate(seen.tolist()) if each][:5]
    unknown = [place for place, each in enumerate(seen.tolist()) if not each][:2]
    cases = [fork(written, tokens, [*known, *unknown]) for written in ("", GOOD[:24], BAD)]
    prompt = cutter.encoder.prefix(msgspec.convert({"messages": messages(problem())}, mrm_prefix()))[0]
    for case, found in zip(cases, verifier.score_next(cases), strict=True):
        written = list(case.partial.ids or ())
        tree = tree_of(prompt, [Leaf([*written, token], True, 0) for token in known])
        with torch.inference_mode():
            forks = forks_of(tree, model.policy.seen(tree))
            said = dict(zip(forks.places.tolist(), model.logits(forks).sigmoid().tolist(), strict=True))
        wanted = [said[path[-1]] for path in tree.paths]
        assert found.values[:5] == pytest.approx(wanted, abs=1e-3)
        assert found.values[5:] == (None, None)
        assert found.usage.verifier_calls == 1
    free = MrmVerifier(trained, messages, tokens, mask=False).score_next(cases[:1])[0]
    assert all(value is not None for value in free.values)
    assert verifier.statistics.computed == verifier.statistics.inserted


def mrm_prefix() -> Any:
    from verisearch.protocols import Prefix

    return Prefix


def test_a_chain_is_worth_what_was_said_of_its_last_token(trained: Path, tokens: Any) -> None:
    verifier = MrmVerifier(trained, messages, tokens)
    whole = partial(GOOD, tokens, finished=True)
    before = partial(GOOD, tokens)
    end = tokens.eos_token_id
    said = verifier.score_next([Fork(partial=before, choices=(TokenChoice(end, "", -0.1, True),))])[0].values[0]
    scores = verifier.score([whole, before, partial("", tokens)])
    assert scores[0].value == said
    assert scores[1].value is not None
    assert scores[2].value is None
    assert scores[2].reason == "nothing is written yet"


def test_a_chain_that_grows_is_not_read_anew(trained: Path, tokens: Any) -> None:
    verifier = MrmVerifier(trained, messages, tokens)
    ids = partial(GOOD, tokens).ids or ()
    costs = []
    for length in range(len(ids) + 1):
        grown = Partial(problem=problem(), written="", ids=ids[:length])
        costs.append(verifier.score_next([Fork(partial=grown, choices=(TokenChoice(0, "", -1.0),))])[0])
    assert [each.usage.verifier_tokens for each in costs[1:]] == [1] * len(ids)
    assert verifier.statistics.computed == verifier.statistics.inserted
    verifier.close()


def test_what_does_not_fit_is_refused(trained: Path, small: Path, teacher: Path, tokens: Any, tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no multifurcation reward"):
        MrmVerifier(teacher, messages, tokens)
    other = open_policy("embedded")
    try:
        around = Surroundings(messages=messages, policy=other)
        assert open_verifier(f"mrm:{trained}:mask=no", around).name.endswith("mask=no")
        with pytest.raises(InputError, match="mask=maybe"):
            open_verifier(f"mrm:{trained}:mask=maybe", around)
        with pytest.raises(InputError, match="no option 'colour'"):
            open_verifier(f"mrm:{trained}:colour=red", around)
    finally:
        other.close()
    with pytest.raises(InputError, match="tokenizer"):
        open_verifier(f"mrm:{trained}", Surroundings(messages=messages))
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    strange = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    with pytest.raises(InputError, match="another tokenizer"):
        MrmVerifier(trained, messages, strange)
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in trained.iterdir():
        if file.is_file():
            (broken / file.name).write_bytes(file.read_bytes())
    (broken / HEAD).write_bytes(b"nothing")
    with pytest.raises(PolicyError, match="can't be read"):
        MrmVerifier(broken, messages, tokens)
