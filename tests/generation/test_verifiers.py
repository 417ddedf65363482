"""Verifiers by name: noisy, confidence, combinations, a user's own; in searches and from the command line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from scripted import Script, ScriptedPolicy, always

import verisearch
from verisearch.errors import InputError, PolicyError, UnknownNameError
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Message, Partial, Prefix, Score, TokenChoice
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.best_of_n import BestOfN
from verisearch.search.chains import Settings
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers import Surroundings, open_verifier
from verisearch.verifiers.combine import CombinedVerifier, How
from verisearch.verifiers.confidence import ConfidenceVerifier
from verisearch.verifiers.noisy import NoisyVerifier
from verisearch.verifiers.opening import parts_of
from verisearch.verifiers.symbolic import SymbolicVerifier

CONTEXT = ["Bob is kind.", "Kind people are nice."]
GOOD = "Is Bob nice?\nKind people are nice.\nBob is kind.\nSo Bob is nice.\nThe answer is True."
BAD = "Bob is tall.\nThe answer is True."
PROBLEM = read_problem(CONTEXT, statement="Bob is nice.")
ASKED = (Message("user", "Is Bob nice?"),)


class Table:
    """Gives each text the value it has in a table; counts what it is asked."""

    meaning = "what the table says"

    def __init__(self, name: str, values: dict[str, float | None]) -> None:
        self.name, self.values = name, values
        self.asked: list[str] = []
        self.closed = False

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        self.asked += [each.written for each in partials]
        usage = Usage(verifier_calls=1, verifier_tokens=10)
        return [Score(value=self.values[each.written], reason=self.name, usage=usage) for each in partials]

    def close(self) -> None:
        self.closed = True


def partials(*texts: str) -> list[Partial]:
    return [Partial(problem=PROBLEM, written=text) for text in texts]


def values(scores: Sequence[Score]) -> list[float | None]:
    return [score.value for score in scores]


# --- noisy ---
def test_noise_flips_at_its_rate_and_the_same_chains_every_time() -> None:
    texts = [str(number) for number in range(4000)]
    inner = Table("inner", dict.fromkeys(texts, 0.9))
    noisy = NoisyVerifier(inner, 0.1, seed=3)
    scores = values(noisy.score(partials(*texts)))
    assert {round(value or 0, 9) for value in scores} == {0.9, 0.1}
    flipped = [value != 0.9 for value in scores]
    assert abs(sum(flipped) - 400) < 4 * math.sqrt(4000 * 0.1 * 0.9)
    # one by one and in another order they are the same; with another seed or problem they aren't
    again = {text: noisy.score(partials(text))[0].value for text in reversed(texts)}
    assert [again[text] for text in texts] == scores
    assert values(NoisyVerifier(inner, 0.1, seed=4).score(partials(*texts))) != scores
    other = [Partial(problem=Problem(id="other"), written=text) for text in texts]
    assert values(noisy.score(other)) != scores


def test_noise_leaves_what_is_no_value_alone_and_tells_no_verdict() -> None:
    inner = Table("inner", {"none": None, "nan": math.nan, "high": 7.0, "zero": 0.0, "one": 1.0})
    scores = NoisyVerifier(inner, 1.0).score(partials("none", "nan", "high", "zero", "one"))
    assert scores[0].value is None
    assert scores[0].reason == "inner"
    assert math.isnan(scores[1].value or 0)
    assert values(scores)[2:] == [7.0, 1.0, 0.0]
    assert all(score.usage.verifier_tokens == 10 for score in scores)
    (told,) = open_verifier("noisy:0").score([Partial(problem=PROBLEM, written=GOOD, finished=True)])
    assert told.value == 1.0
    assert told.verdict is None


@pytest.mark.parametrize("spec", ["noisy", "noisy:", "noisy:much", "noisy:1.5", "noisy:-0.1", "noisy:nan"])
def test_a_rate_that_is_none_is_refused(spec: str) -> None:
    with pytest.raises(InputError, match="noisy"):
        open_verifier(spec)


def test_a_chain_that_noise_calls_good_is_not_verified() -> None:
    wrong = "Bob is tall.\nThe answer is False."
    options = SolveOptions(strategy="best-of-n", settings=Settings(n=2), verifier="noisy:1")
    found = next(solve_all([PROBLEM], ScriptedPolicy(chosen([GOOD, wrong])), options))
    assert found.trace is not None
    assert found.trace.raw == wrong  # the noise has chosen it
    assert not found.verified  # and the step checker judges it
    assert [candidate.score for candidate in found.candidates] == [0.0, 1.0]
    assert [candidate.verified for candidate in found.candidates] == [True, False]
    assert found.verdict is not None
    assert found.usage.verifier_calls == 2  # the judgement behind the search is none
    rates = [event["rate"] for event in found.events if "rate" in event]
    assert rates == ["noisy:1,symbolic"]


def test_noise_does_not_tell_the_search_what_is_verified() -> None:
    options = SolveOptions(
        strategy="best-of-n", settings=BestOfN(n=3, stop_at_first_verified=True), verifier="noisy:0,symbolic"
    )
    found = next(solve_all([PROBLEM], ScriptedPolicy(chosen([GOOD] * 3)), options))
    assert len(found.candidates) == 3
    assert found.verified


def chosen(texts: Sequence[str]) -> Script:
    """The k-th chain says ``texts[k]``."""
    order = iter(texts)
    by_start: dict[int, str] = {}

    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        if not written:
            return by_start.setdefault(seed, next(order))
        return next(text for text in texts if text.startswith(written))

    return script


# --- combinations ---
def combined(how: How, *values: dict[str, float | None]) -> CombinedVerifier:
    return CombinedVerifier(how, [Table(f"v{number}", each) for number, each in enumerate(values)])


def test_the_lowest_value_and_the_product() -> None:
    first: dict[str, float | None] = {"a": 0.9, "b": 0.5, "c": 0.0}
    second: dict[str, float | None] = {"a": 0.5, "b": 0.8, "c": 1.0}
    assert values(combined("min", first, second).score(partials("a", "b", "c"))) == [0.5, 0.5, 0.0]
    product = combined("product", first, second).score(partials("a", "b", "c"))
    assert values(product) == [pytest.approx(0.45), pytest.approx(0.4), 0.0]
    assert product[0].usage.verifier_calls == 1
    assert product[0].usage.verifier_tokens == 20
    assert product[0].reason == "v0; v1"


@pytest.mark.parametrize("how", ["min", "product"])
def test_what_one_cannot_judge_is_not_accepted_on_the_others_word(how: How) -> None:
    both = combined(how, {"a": None, "b": 1.0, "c": None, "d": None}, {"a": 1.0, "b": None, "c": None, "d": math.nan})
    scores = values(both.score(partials("a", "b", "c", "d")))
    assert scores[:3] == [None] * 3
    assert math.isnan(scores[3] or 0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.5, 1.5])
@pytest.mark.parametrize("how", ["min", "product", "gate"])
def test_what_is_no_value_makes_none(how: How, bad: float) -> None:
    for both in (combined(how, {"a": bad}, {"a": 0.5}), combined(how, {"a": None}, {"a": bad})):
        value = both.score(partials("a"))[0].value
        assert value is not None
        assert math.isnan(value)
    if how != "gate":
        assert math.isnan(combined(how, {"a": 0.5}, {"a": bad}).score(partials("a"))[0].value or 0)


def test_a_gate_asks_the_second_only_where_the_first_abstains() -> None:
    gate = combined("gate", {"a": 0.9, "b": None, "c": 0.0, "d": None}, {"b": 0.3, "d": None}, {"d": 0.7})
    scores = gate.score(partials("a", "b", "c", "d"))
    assert values(scores) == [0.9, 0.3, 0.0, 0.7]
    tables = [part for part in gate.parts if isinstance(part, Table)]
    assert [table.asked for table in tables] == [["a", "b", "c", "d"], ["b", "d"], ["d"]]
    assert [score.usage.verifier_tokens for score in scores] == [10, 20, 10, 30]
    gate.close()
    assert all(table.closed for table in tables)


def test_a_combination_keeps_the_verdict_and_nests() -> None:
    both = open_verifier("combine:min,(combine:gate,symbolic:abstain,noisy:0),symbolic:steps")
    good, bad = both.score([Partial(problem=PROBLEM, written=text, finished=True) for text in (GOOD, BAD)])
    assert good.value == 1.0
    assert good.verdict is not None
    assert good.verdict.verified
    assert bad.value == 0.0
    assert both.name == "combine:min,(combine:gate,symbolic:abstain,(noisy:0,symbolic)),symbolic:steps"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("combine", "combine:min"),
        ("combine:sum,symbolic,symbolic", "'sum' is no way"),
        ("combine:min,symbolic", "takes two"),
        ("combine:min,(symbolic,symbolic", "parenthesis"),
        ("combine:min,symbolic),symbolic", "parenthesis"),
        ("symbolic:answers", "'answers' is neither"),
        ("", "no name"),
        ("confidence", "no policy"),
    ],
)
def test_a_wrong_spec_is_refused_with_what_there_is(spec: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        open_verifier(spec)
    assert parts_of("a,(b,c),d") == ["a", "(b,c)", "d"]


def test_an_unknown_verifier_is_named_with_those_there_are() -> None:
    with pytest.raises(
        UnknownNameError,
        match="no verifier named 'magic'; installed: arithmetic, calibrated, combine, confidence, mrm, noisy, prm",
    ):
        open_verifier("magic")


# --- confidence ---
class Sure(ScriptedPolicy):
    """Gives "Yes" the probability ``yes`` after a question, and each written character 1/2."""

    def __init__(self, script: Script, yes: Callable[[str], float], pieces: int = 1) -> None:
        super().__init__(script)
        self.capabilities = self.capabilities | {"score", "next_tokens"}
        self.yes, self.pieces = yes, pieces
        self.scored: list[tuple[Prefix, str]] = []

    def score(self, prefix: Prefix, continuations: Sequence[str]) -> list[tuple[float, ...]]:
        self.scored += [(prefix, text) for text in continuations]
        return [
            (math.log(self.yes(prefix.messages[-2].content)),) * self.pieces
            if text == "Yes"
            else (math.log(0.5),) * len(text)
            for text in continuations
        ]

    def next_tokens(self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int) -> list[list[TokenChoice]]:
        assert (top_p, top_k) == (1.0, 0)
        rows = []
        for prefix in prefixes:
            yes = self.yes(prefix.messages[-2].content)
            chances = [("Yes", yes), ("No", 1 - yes), ("a", 0.0), ("b", 0.0)]
            rows.append([TokenChoice(k, text, math.log(p) if p else -math.inf) for k, (text, p) in enumerate(chances)])
        return rows


def confidence(policy: Sure, measure: str) -> ConfidenceVerifier:
    return ConfidenceVerifier(policy, lambda problem: ASKED, measure)  # type: ignore[arg-type]


def test_p_true_is_the_softmax_at_the_single_token() -> None:
    policy = Sure(always(GOOD), lambda text: 0.8 if text == GOOD else 0.25)
    scores = confidence(policy, "p-true").score(partials(GOOD + "\n", BAD))
    assert values(scores) == [pytest.approx(0.8), pytest.approx(0.25)]
    assert [(score.usage.verifier_calls, score.usage.verifier_tokens) for score in scores] == [(1, 1), (1, 1)]
    prefix, word = policy.scored[0]
    assert word == "Yes"
    assert prefix.written == ""
    assert [(turn.role, turn.content) for turn in prefix.messages] == [
        ("user", "Is Bob nice?"),
        ("assistant", GOOD),
        ("user", "Is the answer correct? (Yes/No)"),
    ]


def test_log_probability_is_the_mean_over_the_chains_tokens() -> None:
    (score,) = confidence(Sure(always(GOOD), lambda text: 0.8), "logprob").score(partials(GOOD))
    assert score.value == pytest.approx(0.5)
    assert score.usage.verifier_tokens == len(GOOD)


@pytest.mark.parametrize(("yes", "value"), [(1.0, 1.0), (0.5, 0.5), (0.9, 1 - 0.4689955936 / 2)])
def test_entropy_is_that_of_the_whole_distribution(yes: float, value: float) -> None:
    (score,) = confidence(Sure(always(GOOD), lambda text: yes), "entropy").score(partials(GOOD))
    assert score.value == pytest.approx(value)  # of two bits, as there are four tokens


@pytest.mark.parametrize("measure", ["p-true", "logprob", "entropy"])
def test_nothing_written_has_no_confidence(measure: str) -> None:
    scores = confidence(Sure(always(GOOD), lambda text: 0.8), measure).score(partials("", "\n"))
    assert values(scores) == [None, None]
    assert all(score.reason for score in scores)


def test_a_policy_that_cannot_score_is_refused_before_anything_is_asked() -> None:
    for spec in ("confidence", "confidence:logprob", "confidence:entropy", "combine:min,symbolic,confidence"):
        policy = ScriptedPolicy(always(GOOD))
        with pytest.raises(InputError, match=r"needs a policy that can .*scripted can't"):
            next(solve_all([PROBLEM], policy, SolveOptions(verifier=spec)))
        assert not policy.requests
    with pytest.raises(InputError, match="no measure 'hope', and no such folder; there are: p-true, logprob, entropy"):
        next(solve_all([PROBLEM], Sure(always(GOOD), lambda text: 0.5), SolveOptions(verifier="confidence:hope")))


def test_a_word_of_several_tokens_is_refused() -> None:
    policy = Sure(always(GOOD), lambda text: 0.8, pieces=2)
    with pytest.raises(PolicyError, match="'Yes' is 2 tokens for scripted"):
        next(solve_all([PROBLEM], policy, SolveOptions(verifier="confidence")))


def test_the_chain_the_model_is_surest_of_is_chosen_and_judged_by_the_solver() -> None:
    def yes(text: str) -> float:
        return 0.9 if text == BAD else 0.4

    options = SolveOptions(strategy="best-of-n", settings=Settings(n=2), verifier="confidence")
    found = next(solve_all([PROBLEM], Sure(chosen([GOOD, BAD]), yes), options))
    assert found.trace is not None
    assert found.trace.raw == BAD
    assert not found.verified
    assert [candidate.score for candidate in found.candidates] == [pytest.approx(0.4), pytest.approx(0.9)]
    assert found.usage.verifier_tokens == 2
    # only what the solver can't judge is left to the model
    gate = SolveOptions(
        strategy="best-of-n", settings=Settings(n=2), verifier="combine:gate,symbolic:abstain,confidence"
    )
    found = next(solve_all([PROBLEM], Sure(chosen([GOOD, BAD]), yes), gate))
    assert found.verified
    assert found.usage.verifier_tokens == 0


# --- a user's own ---
class Broken:
    """Answers as it is told to."""

    name = "broken"
    meaning = "nothing"

    def __init__(self, answer: Callable[[Sequence[Partial]], Any]) -> None:
        self.answer = answer

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        found: list[Score] = self.answer(partials)
        return found

    def close(self) -> None:
        raise AssertionError("it was given open and stays open")


def raising(partials: Sequence[Partial]) -> None:
    raise ZeroDivisionError("no score today")


@pytest.mark.parametrize("strategy", ["greedy", "best-of-n", "latts", "beam", "particle", "mcts", "self-consistency"])
@pytest.mark.parametrize(
    "answer",
    [
        raising,
        lambda partials: None,
        lambda partials: [],
        lambda partials: [0.9] * len(partials),
        lambda partials: [None] * len(partials),
        lambda partials: [Score(value=math.nan)] * len(partials),
        lambda partials: [Score(value=2.0)] * len(partials),
        lambda partials: [Score(value=None, reason="no idea")] * len(partials),
    ],
    ids=["raises", "none", "too few", "floats", "nones", "nan", "too high", "abstains"],
)
def test_a_verifier_that_breaks_costs_the_scores_and_verifies_nothing(
    strategy: str, answer: Callable[[Sequence[Partial]], Any]
) -> None:
    options = SolveOptions(strategy=strategy)
    (found,) = solve_all([PROBLEM], ScriptedPolicy(always(BAD)), options, verifier=Broken(answer))
    assert not found.verified
    if found.trace is not None:  # with every draw lost a search may end without a chain
        assert found.verdict is not None
        assert all(candidate.score is None or not 0 <= candidate.score <= 1 for candidate in found.candidates)
    else:
        assert found.error


def test_a_verifier_that_forgets_its_costs_is_charged_all_the_same() -> None:
    own = Broken(lambda partials: [Score(value=0.5)] * len(partials))
    options = SolveOptions(strategy="best-of-n", settings=Settings(n=3))
    (found,) = solve_all([PROBLEM], ScriptedPolicy(always(GOOD)), options, verifier=own)
    assert found.usage.verifier_calls == 3
    assert found.verified


def test_the_verifier_in_the_readme_works_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    code = next(
        block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "class RewardModel" in block
    )
    shown = re.search(r"class RewardModel.*?\n\n\n", code, re.DOTALL)
    assert shown is not None
    assert len(shown[0].strip().splitlines()) <= 20
    policy = Sure(chosen([BAD, GOOD]), lambda text: 0.5)
    monkeypatch.setattr("verisearch.policies.open_policy", lambda spec: policy)
    room: dict[str, Any] = {}
    exec(code, room)  # noqa: S102  # the README's own words
    values = [min(room["reward"]("", text.splitlines())) for text in (BAD, GOOD)]
    assert values[0] != values[1]
    assert [candidate.score for candidate in room["solution"].candidates] == values
    assert room["solution"].trace.raw == (BAD, GOOD)[values.index(max(values))]
    assert room["solution"].usage.verifier_calls == 2


# --- from Python and from the command line ---
def test_the_python_call_takes_a_spec_or_an_open_verifier() -> None:
    policy = ScriptedPolicy(always(GOOD))
    for verifier in ("symbolic", "symbolic:steps", "noisy:0.1", None):
        assert verisearch.solve(problem=PROBLEM, policy=policy, verifier=verifier).verified
    table = Table("table", {GOOD: 0.7})
    found = verisearch.solve(problem=PROBLEM, policy=policy, verifier=table)
    assert found.candidates[0].score == 0.7
    assert found.verified
    assert not table.closed
    settings = Settings(verifier="symbolic:steps")
    found = verisearch.solve(problem=PROBLEM, policy=policy, options=SolveOptions(settings=settings))
    assert {event["rate"] for event in found.events if "rate" in event} == {"symbolic:steps"}


@pytest.fixture
def call(call):  # type: ignore[no-untyped-def]
    return lambda *arguments: call(*arguments, policy=ScriptedPolicy(chosen([GOOD, BAD])))


@pytest.mark.parametrize(
    ("spec", "code"),
    [("symbolic", 0), ("symbolic:steps", 0), ("noisy:1", 1), ("combine:min,symbolic,symbolic:steps", 0)],
)
def test_solve_takes_a_verifier(call, spec: str, code: int) -> None:  # type: ignore[no-untyped-def]
    given = ["solve", "Bob is nice.", "--context", " ".join(CONTEXT), "--strategy", "best-of-n", "--n", "2", "--json"]
    done = call(*given, "--verifier", spec)
    assert done[0] == code, done[2]
    found = json.loads(done[1])
    assert found["verified"] is (code == 0)
    assert {event["rate"] for event in found["events"] if "rate" in event} == {
        {"noisy:1": "noisy:1,symbolic"}.get(spec, spec)
    }


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("magic", "no verifier named 'magic'"),
        ("noisy:2", "between 0 and 1"),
        ("confidence", "needs a policy that can score"),
    ],
)
def test_solve_names_a_verifier_it_cannot_use(call, spec: str, message: str) -> None:  # type: ignore[no-untyped-def]
    code, _, err = call("solve", "Bob is nice.", "--context", " ".join(CONTEXT), "--verifier", spec)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_eval_takes_a_verifier_and_resumes_with_the_same_only(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = tmp_path / "data.jsonl"
    row = {"id": "p", "context": " ".join(CONTEXT), "statement": "Bob is nice.", "label": "True"}
    data.write_text(json.dumps(row) + "\n")
    given = ["eval", "proofwriter", "--data", data, "--mode", "solve", "--out", tmp_path / "run", "--workers", "1"]
    given += ["--strategy", "best-of-n", "--n", "2"]
    code, _, err = call(*given, "--verifier", "symbolic:steps")
    assert code == 0, err
    (record,) = [json.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines()]
    assert record["verified"]
    assert {event["rate"] for event in record["events"] if "rate" in event} == {"symbolic:steps"}
    code, _, err = call(*given, "--verifier", "noisy:0.1", "--resume")
    assert code == 2
    assert "verifier" in err


def test_every_verifier_says_what_its_values_mean() -> None:
    around = Surroundings(policy=Sure(always(GOOD), lambda text: 0.5), messages=lambda problem: ASKED)
    for spec in (
        "symbolic",
        "symbolic:steps",
        "noisy:0.1",
        "confidence",
        "confidence:entropy",
        "combine:gate,symbolic,noisy:0",
    ):
        opened = open_verifier(spec, around)
        assert opened.meaning
        assert opened.name.startswith(spec.partition(":")[0])
        opened.close()


# --- what costs are told from --------------------------------------------------------------------------------------
def test_verifiers_tell_how_many_parameters_their_tokens_are_for() -> None:
    policy = Sure(always(GOOD), lambda written: 0.5)
    around = Surroundings(policy=policy, messages=lambda problem: ())

    def told(spec: str) -> object:
        return getattr(open_verifier(spec, around), "parameters", "nothing")

    assert told("symbolic") == told("noisy:0.1") == 0
    assert told("confidence") is None
    assert told("combine:min,symbolic,confidence") is None
    policy.parameters = 5  # type: ignore[attr-defined]
    assert told("confidence") == told("noisy:0.1,confidence") == told("combine:gate,symbolic,confidence") == 5
    assert told("combine:min,symbolic,symbolic") == 0
    first, second = ConfidenceVerifier(policy, lambda problem: ()), ConfidenceVerifier(policy, lambda problem: ())
    second.parameters = 7
    assert CombinedVerifier("min", [first, second]).parameters is None  # whose tokens they were can't be told
    assert CombinedVerifier("min", [first, Table("table", {})]).parameters is None


def test_forgetting_reaches_the_verifiers_inside() -> None:
    asked = partials("Kind people are nice.\nBob is kind.\nSo Bob is nice.\n")
    outer = CombinedVerifier("gate", [NoisyVerifier(SymbolicVerifier(), 0.0), Table("table", {})])
    first, again = (outer.score(asked)[0].usage.solver_calls for _ in range(2))
    assert again < first
    outer.forget()
    assert outer.score(asked)[0].usage.solver_calls == first
