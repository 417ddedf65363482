"""Self-calibration: targets, what is learned of a reply and what isn't, the recipe, the verifier on top."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from coin import BAD, GOOD, TEMPLATE, problem

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")
pytest.importorskip("peft", reason="needs peft: pip install 'verisearch[train]'")

from safetensors.torch import load_file, save_file  # noqa: E402

from verisearch.errors import InputError, PolicyError, RecordError, TrainingError  # noqa: E402
from verisearch.policies import open_policy  # noqa: E402
from verisearch.protocols import Message, Partial  # noqa: E402
from verisearch.trace import Problem  # noqa: E402
from verisearch.training import loop  # noqa: E402
from verisearch.training.adapting import language_model  # noqa: E402
from verisearch.training.rollouts import Chain, Rollouts, read_rollouts  # noqa: E402
from verisearch.training.selfcalibration import recipe  # noqa: E402
from verisearch.training.selfcalibration.recipe import (  # noqa: E402
    Asker,
    ConfidenceRecipe,
    Lesson,
    confidences,
    distance,
    entropy_of,
    learned_model,
    loss_of,
    train_confidence,
)
from verisearch.training.selfcalibration.runs import ConfidencePlan, run_self_calibration  # noqa: E402
from verisearch.training.selfcalibration.targets import (  # noqa: E402
    Answered,
    answered,
    balanced,
    soft_consistency,
    targets_of,
)
from verisearch.verifiers import Surroundings, open_verifier  # noqa: E402
from verisearch.verifiers.p_true import ADAPTER, ASKED, Asked, PTrueVerifier  # noqa: E402

pytestmark = pytest.mark.local

FALSE = GOOD.replace("True", "False")
QUICK = ConfidenceRecipe(epochs=6, problems_a_step=2, rate=1e-2, held_out=0.25, lora=4, warm=0.5)


@pytest.fixture(scope="module")
def mixed(rollouts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rollouts of which one chain in four answers False, wrongly."""
    path = tmp_path_factory.mktemp("mixed") / "rollouts.jsonl"
    with path.open("wb") as file:
        for row in read_rollouts(rollouts):
            first = row.chains[0]
            wrong = msgspec.structs.replace(first, written=FALSE, verified=False, correct=False)
            chains = (wrong, *(msgspec.structs.replace(chain, written=GOOD) for chain in row.chains[1:]))
            file.write(msgspec.json.encode(msgspec.structs.replace(row, chains=chains)) + b"\n")
    return path


@pytest.fixture
def asked(small: Path) -> Asked:
    return Asked(question="Is the answer correct? True or false?", word="True", base=f"transformers:{small}")


def chain(written: str, correct: bool | None = True, finished: bool = True) -> Chain:
    return Chain(
        written=written, finished=finished, ids=None, ends=(), steps=(), verified=bool(correct), correct=correct
    )


def said(answer: str, confidence: float, place: int = 0, correct: bool | None = True) -> Answered:
    return Answered(place, f"g{place}", chain(GOOD, correct), answer, confidence)


def messages(of: Problem) -> tuple[Message, ...]:
    return TEMPLATE.messages(of)


# --- targets ---
def test_soft_consistency_is_the_share_of_all_confidence() -> None:
    found = soft_consistency(["True", "False", "True", "Unknown"], [0.5, 0.2, 0.1, 0.2])
    assert found == pytest.approx([0.6, 0.2, 0.6, 0.2])
    assert soft_consistency(["True", "False", "True"], [0.0, 0.0, 0.0]) == pytest.approx([2 / 3, 1 / 3, 2 / 3])
    assert soft_consistency(["2", "2.0"], [0.3, 0.1], "number") == [1.0, 1.0]  # equal answers, not equal strings


def test_targets_of_each_kind() -> None:
    chains = [said("True", 0.9), said("False", 0.1, correct=False), said("True", 0.2, correct=None)]
    assert [each.target for each in targets_of(chains, "soft")] == pytest.approx([1.1 / 1.2, 0.1 / 1.2, 1.1 / 1.2])
    assert [each.target for each in targets_of(chains, "share")] == pytest.approx([2 / 3, 1 / 3, 2 / 3])
    assert [each.target for each in targets_of(chains, "hard")] == [1.0, 0.0]  # without a gold answer there is none


def test_only_chains_that_end_with_an_answer_are_learned_from() -> None:
    row = Rollouts(
        problem=problem(), group="g", depth=1,
        chains=(chain(GOOD), chain("- Bob is kind.\n"), chain(GOOD, finished=False), chain(FALSE, False)),
    )  # fmt: skip
    assert [answer for _, answer in answered(row)] == ["True", "False"]


def test_bins_are_balanced_and_one_has_its_own() -> None:
    chains = [msgspec.structs.replace(said("True", 0.5, place), target=place % 21 / 20) for place in range(2100)]
    chains += [msgspec.structs.replace(said("True", 0.5, place), target=1.0) for place in range(500)]
    found = Counter(round(each.target, 6) for each in balanced(chains, 30, seed=1))
    assert len(found) == 21
    assert set(found.values()) == {30}
    assert balanced(chains, 30, seed=1) == balanced(chains, 30, seed=1) != balanced(chains, 30, seed=2)
    assert balanced(chains, 10**6, seed=1) == chains


# --- losses ---
def test_losses_are_what_they_say() -> None:
    confidence, target = torch.tensor([0.6, 0.1]), torch.tensor([0.7, 0.9])
    near, far = 0.1**2 / (2 * 0.25), 0.8 - 0.125
    assert distance(confidence.log(), target).item() == pytest.approx(near + far, abs=1e-6)
    wanted = -(0.7 * math.log(0.6) + 0.3 * math.log(0.4) + 0.9 * math.log(0.1) + 0.1 * math.log(0.9))
    assert entropy_of(confidence.log(), target).item() == pytest.approx(wanted, abs=1e-5)
    assert torch.isfinite(entropy_of(torch.tensor([0.0]), torch.tensor([0.5])))  # a probability of 1


def test_the_language_model_loss_is_of_the_reply_alone(small: Path, asked: Asked, rollouts: Path) -> None:
    asker, model = Asker(str(small), TEMPLATE, asked), language_model(str(small)).eval()
    row = next(read_rollouts(rollouts))
    tree = asker.tree(row, [row.chains[0]])
    lesson = Lesson(tree, (), torch.tensor([]), (0,))
    reply = asker.cutter.encoder.stripped(asker.cutter.ids(row.chains[0]))
    prompt = asker.cutter.prompt(row)
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*prompt, *reply]])).logits[0].log_softmax(-1)
        own = [logits[len(prompt) + k - 1, token].item() for k, token in enumerate(reply)]
        assert loss_of(model, asker, [lesson], 1.0).item() == pytest.approx(-sum(own) / len(own), abs=1e-4)
        assert loss_of(model, asker, [lesson], 0.0).item() == 0.0


def test_chains_asked_together_are_as_if_asked_alone(small: Path, asked: Asked, mixed: Path) -> None:
    asker, model = Asker(str(small), TEMPLATE, asked), language_model(str(small)).eval()
    row = next(read_rollouts(mixed))
    together = confidences(model, asker, row, row.chains)
    alone = [confidences(model, asker, row, [each])[0] for each in row.chains]
    assert together == pytest.approx(alone, abs=1e-6)
    assert confidences(model, asker, row, []) == []
    ids = [*asker.cutter.prompt(row), *asker.leaf(row.chains[0]).ids]
    with torch.inference_mode():
        wanted = model(input_ids=torch.tensor([ids])).logits[0, -1].softmax(-1)[asker.word].item()
    assert together[0] == pytest.approx(wanted, abs=1e-6)


# --- training ---
@pytest.fixture(scope="module")
def trained(mixed: Path, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("confidence")
    asked = Asked(question="Is the answer correct? True or false?", word="True", base=f"transformers:{small}")
    assert train_confidence(mixed, str(small), asked, TEMPLATE, out, QUICK)
    return out


def test_a_confidence_learns_how_far_answers_agree(trained: Path, mixed: Path, small: Path, asked: Asked) -> None:
    asker, row = Asker(str(small), TEMPLATE, asked), next(read_rollouts(mixed))
    before = confidences(language_model(str(small)).eval(), asker, row, row.chains)
    after = confidences(learned_model(trained, str(small)), asker, row, row.chains)
    shares = soft_consistency(["False", *["True"] * (len(row.chains) - 1)], before)
    assert sum(map(abs, (a - b for a, b in zip(after, shares, strict=True)))) < 0.7 * sum(
        map(abs, (a - b for a, b in zip(before, shares, strict=True)))
    )
    assert after[0] < after[1]


def test_an_interrupted_training_ends_with_the_same_weights(
    trained: Path, mixed: Path, small: Path, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(what: str, step: int, steps: int) -> None:
        if what == "training" and step == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop.time, "monotonic", iter(range(0, 10**6, 1000)).__next__)
    with pytest.raises(KeyboardInterrupt):
        train_confidence(mixed, str(small), asked, TEMPLATE, tmp_path, QUICK, progress=kill)
    assert train_confidence(mixed, str(small), asked, TEMPLATE, tmp_path, QUICK)
    assert (tmp_path / ADAPTER).read_bytes() == (trained / ADAPTER).read_bytes()


def test_all_weights_may_be_trained(mixed: Path, small: Path, asked: Asked, tmp_path: Path) -> None:
    whole = msgspec.structs.replace(QUICK, epochs=1, lora=0, rate=1e-3)
    assert train_confidence(mixed, str(small), asked, TEMPLATE, tmp_path, whole)
    assert not (tmp_path / ADAPTER).exists()
    kept = msgspec.json.decode((tmp_path / ASKED).read_bytes(), type=Asked)
    assert kept.base == ""
    score = PTrueVerifier(tmp_path, messages).score([Partial(problem=problem(), written=GOOD, finished=True)])[0]
    row = Rollouts(problem=problem(), group="g", depth=1, chains=(chain(GOOD),))
    wanted = confidences(learned_model(tmp_path, str(small)), Asker(str(tmp_path), TEMPLATE, kept), row, row.chains)
    assert score.value == pytest.approx(wanted[0], abs=1e-4)


def test_equal_targets_teach_nothing(rollouts: Path, small: Path, asked: Asked, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the same target"):  # all of these answer True
        train_confidence(rollouts, str(small), asked, TEMPLATE, tmp_path, QUICK)
    for name, value in (("per_bin", 0), ("lora", -1)):
        with pytest.raises(InputError, match=name):
            ConfidenceRecipe(**{name: value})
    with pytest.raises(PolicyError, match="tokens for"):
        Asker(str(small), TEMPLATE, Asked(question="Is it?", word="Constantinople"))


def test_what_could_not_be_measured_is_not_trained(mixed: Path, small: Path, asked: Asked, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nobody could tell"):
        train_confidence(mixed, str(small), asked, TEMPLATE, tmp_path, msgspec.structs.replace(QUICK, held_out=0.0))
    assert not list(tmp_path.iterdir())


def test_chains_are_asked_in_lots(mixed: Path, small: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    asker, model = Asker(str(small), TEMPLATE, asked), language_model(str(small)).eval()
    row = next(read_rollouts(mixed))
    together = confidences(model, asker, row, row.chains)
    monkeypatch.setattr(recipe, "MOST", 100)
    assert confidences(model, asker, row, row.chains) == pytest.approx(together, abs=1e-6)


def test_the_whole_recipe(mixed: Path, small: Path, tmp_path: Path) -> None:
    plan = ConfidencePlan(
        policy=f"transformers:{small}",
        prompt="solve-embedded",
        rollouts=str(mixed),
        training=msgspec.structs.replace(QUICK, epochs=1, question="Is it correct? True or false?", word="True"),
    )
    heard: set[str] = set()
    found = run_self_calibration(plan, tmp_path / "out", progress=lambda what, done, total: heard.add(what))
    assert heard == {"confidences", "training"}
    assert (found.problems, found.chains, found.correct) == (3, 12, 0.75)
    assert set(found.held_out) == {"before", "after"}
    told = (tmp_path / "out" / "README.md").read_text()
    assert "| after |" in told
    assert "`Is it correct? True or false?`" in told
    assert str(tmp_path) not in told
    weights = (tmp_path / "out" / ADAPTER).read_bytes()
    assert run_self_calibration(plan, tmp_path / "out") == found
    assert (tmp_path / "out" / ADAPTER).read_bytes() == weights
    with pytest.raises(RecordError, match="other settings"):
        run_self_calibration(msgspec.structs.replace(plan, limit=3), tmp_path / "out")


# --- the verifier ---
def test_the_verifier_says_what_was_learned(trained: Path, small: Path, mixed: Path, asked: Asked) -> None:
    row = next(read_rollouts(mixed))
    wanted = confidences(learned_model(trained, str(small)), Asker(str(small), TEMPLATE, asked), row, row.chains)
    verifier = PTrueVerifier(trained, messages)
    found = verifier.score([Partial(problem=problem(), written=each.written, finished=True) for each in row.chains])
    assert [score.value for score in found] == pytest.approx(wanted, abs=1e-4)
    assert verifier.statistics.computed == verifier.statistics.inserted
    assert verifier.score([Partial(problem=problem(), written="\n")])[0].value is None
    assert verifier.score([Partial(problem=problem(), written="x" * 5000)])[0].reason
    verifier.forget()
    verifier.close()


def test_of_a_chain_that_grows_only_what_is_new_is_read(trained: Path, small: Path) -> None:
    policy: Any = open_policy(str(small))
    verifier = PTrueVerifier(trained, messages, tokens=policy.tokenizer)
    ids = policy.tokenizer(GOOD.rstrip(), add_special_tokens=False)["input_ids"]
    asked = len(verifier._reader.question)
    costs = []
    for length in (10, 20, len(ids)):
        grown = Partial(problem=problem(), written=policy.tokenizer.decode(ids[:length]), ids=tuple(ids[:length]))
        costs.append(verifier.score([grown])[0].usage.verifier_tokens)
    assert costs[1:] == [10 + asked, len(ids) - 20 + asked]
    policy.close()


def test_what_is_no_confidence_is_refused(trained: Path, small: Path, tmp_path: Path) -> None:
    policy: Any = open_policy(str(small))
    around = Surroundings(messages=messages, policy=policy)
    assert open_verifier(f"confidence:{trained}", around).name == f"confidence:{trained.name}"
    with pytest.raises(PolicyError, match=r"has no confidence\.json"):
        open_verifier(f"confidence:{small}", around)
    with pytest.raises(InputError, match="no measure 'hope', and no such folder"):
        open_verifier("confidence:hope", around)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / ASKED).write_bytes((trained / ASKED).read_bytes())
    save_file({"model.layers.9.lora_A": torch.ones(1, 1), "model.layers.9.lora_B": torch.ones(1, 1)}, broken / ADAPTER)
    with pytest.raises(PolicyError, match="doesn't fit its model"):
        open_verifier(f"confidence:{broken}", around)
    (broken / ADAPTER).write_bytes(b"nothing")
    with pytest.raises(PolicyError, match="doesn't fit its model"):
        open_verifier(f"confidence:{broken}", around)
    (broken / ASKED).write_text('{"question": 1}')
    with pytest.raises(PolicyError, match="can't be read"):
        open_verifier(f"confidence:{broken}", around)
    assert all(name.endswith((".lora_A", ".lora_B")) for name in load_file(trained / ADAPTER))
    policy.close()


def test_the_embedded_model_is_asked_in_its_own_words() -> None:
    policy: Any = open_policy("embedded")
    try:
        around = Surroundings(messages=messages, policy=policy)
        verifier = open_verifier("confidence:p-true", around)
        (score,) = verifier.score([Partial(problem=problem(), written=BAD, finished=True)])
        assert score.value is not None
        assert "Is the answer correct? True or false?" in verifier.meaning
    finally:
        policy.close()
