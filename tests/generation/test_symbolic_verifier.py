"""The step checker as a verifier: what chains are worth, and that no step is judged twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import pytest
from scripted import ScriptedPolicy

from verisearch.ingest.reader import read_problem
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Message, Partial, Score
from verisearch.runtime.checking import PoolCheck
from verisearch.runtime.pool import Pool
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.latts import Latts
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.recall import Known, known_from
from verisearch.trace import Problem, Trace
from verisearch.verdict import Status, TraceVerdict
from verisearch.verifiers.prefixes import Prefixes, waves
from verisearch.verifiers.symbolic import SymbolicVerifier, check_here

CONTEXT = [
    "Bob is kind.",
    "Kind people are nice.",
    "Nice people are not sad.",
    "If someone is not sad then they are calm.",
]
OPTIONS = CheckOptions(max_leap=1)
QUESTION = "Is Bob calm?\n"
STEPS = (QUESTION, "Bob is kind.\n", "So Bob is nice.\n", "So Bob is not sad.\n", "So Bob is calm.\n")
GOOD = "".join(STEPS) + "The answer is True."
ODD = "It seems that Bob would fain be nicest.\n"


def problem(statement: str = "Bob is calm.", context: Sequence[str] = CONTEXT) -> Problem:
    return read_problem(context, statement=statement)


def scored(written: str, *, finished: bool = False, verifier: SymbolicVerifier | None = None) -> Score:
    return (verifier or SymbolicVerifier()).score([Partial(problem=problem(), written=written, finished=finished)])[0]


# --- what chains are worth ---
@pytest.mark.parametrize(
    ("written", "value"),
    [
        (QUESTION, 0.9),  # nothing is claimed, so nothing failed
        (QUESTION + "Bob is kind.\n", 0.9),
        ("Bob is kind.\n" + QUESTION, 0.9),  # a question leaves the value as it was
        ("Bob is tall.\n" + QUESTION, 0.0),
        ("Bob is kind.\nBob is tall.\n", 0.45),
        ("Bob is kind.\nBob is sad.\n", 0.45),
        ("Bob is kind.\nSo Bob is not sad.\n", 0.45),  # entailed, but it leaps too far
        ("Bob is kind.\nThe answer is False.\n", 0.45),
        ("Bob is kind.\n" + ODD, None),
        (ODD, None),
        (ODD + "Bob is kind.\n", None),  # what was not read is not forgotten
        (ODD + "Bob is tall.\n", 0.0),
        ("", None),
        ("\n\n", None),
    ],
)
def test_an_unfinished_chain_has_the_value_stated(written: str, value: float | None) -> None:
    found = scored(written)
    assert found.value == (None if value is None else pytest.approx(value))
    assert found.reason


def test_only_a_verified_chain_has_1() -> None:
    assert scored(GOOD, finished=True).value == 1.0
    for text in (
        "Bob is kind.\n",  # no answer
        QUESTION,  # no claim
        "",
        GOOD.replace("True", "False"),
        GOOD.replace("True", "Unknown"),
        GOOD.replace("So Bob is not sad.\n", ODD),
        GOOD.replace("So Bob is not sad.\n", ""),  # leaps
        "The answer is True.",
        GOOD + "\nBob is tall.",
    ):
        found = scored(text, finished=True)
        assert found.value is not None
        assert found.value <= 0.9, text
        assert found.verdict is not None
        assert not found.verdict.verified


def test_without_the_answer_check_the_answer_changes_nothing() -> None:
    steps = SymbolicVerifier(OPTIONS, steps_only=True)
    for answer in ("True", "False", "Unknown"):
        found = scored(GOOD.replace("True", answer), finished=True, verifier=steps)
        assert found.value == 1.0, answer
        assert found.verdict is not None
        assert not found.verdict.verified  # such a verdict never verifies
        assert found.verdict.answer is None
    assert scored("".join(STEPS), finished=True, verifier=steps).value == 1.0
    assert scored("".join(STEPS), verifier=steps).value == 0.9
    for text in (
        QUESTION,
        "",
        "The answer is True.",
        "So Bob is not sad.\n",
        "Bob is tall.\n",
        ODD,
        "Bob is kind.\n" + ODD,
    ):
        value = scored(text, finished=True, verifier=steps).value
        assert value is not None
        assert value <= 0.9, text


def test_a_whole_chain_that_cannot_be_judged_has_no_value_where_that_is_asked_for() -> None:
    text = GOOD.replace("So Bob is nice.\n", ODD + "So Bob is nice.\n")
    assert scored(text, finished=True).value == pytest.approx(0.4 + 0.2 / 6)  # proved; the first of six claims
    strict = SymbolicVerifier(OPTIONS, abstain=True)
    assert scored(text, finished=True, verifier=strict).value is None
    assert scored("Bob is tall.\n" + text, finished=True, verifier=strict).value == 0.4  # proved; nothing holds
    assert scored(GOOD, finished=True, verifier=strict).value == 1.0


def test_a_finished_chain_is_ranked_by_its_answer_before_its_steps() -> None:
    def value(*lines: str) -> float:
        found = scored("\n".join(lines), finished=True).value
        assert found is not None
        return found

    unreadable = "Zyx qua bor, methinks."
    proved = value("Bob is tall.", unreadable, "The answer is True.")
    unsure = value("Bob is kind.", "So Bob is nice.", unreadable)
    refuted = value("Bob is kind.", "So Bob is nice.", "The answer is False.")
    assert proved == 0.4 > refuted
    assert 0.2 < unsure < 0.4
    assert refuted == pytest.approx(0.2 * 2 / 3)
    assert value("Bob is kind.", "So Bob is nice.", unreadable, "The answer is False.") < 0.2
    assert value("What is asked?") == 0.0
    assert value("The answer is True.") < 0.7  # a leap: no threshold above 0.6 takes it


def test_a_context_that_contradicts_itself_verifies_nothing() -> None:
    asked = problem("Bob is kind.", ["Bob is kind.", "Bob is not kind."])
    for finished in (False, True):
        found = SymbolicVerifier().score([Partial(problem=asked, written="Bob is kind.\n", finished=finished)])[0]
        assert found.value in (None, 0.0)


def test_latts_with_its_defaults_lets_a_chain_with_questions_through() -> None:
    lines = ["Is Bob calm?\n", "Bob is kind.\n", "Is Bob nice?\n", "So Bob is nice.\n", "So Bob is not sad.\n"]
    lines += ["So Bob is calm.\n", "The answer is True."]

    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return "".join(lines)

    found = next(solve_all([problem()], ScriptedPolicy(script), SolveOptions(strategy="latts", settings=Latts())))
    assert found.verified
    notes = [event for event in found.events if "note" in event]
    assert [note["note"] for note in notes] == ["accept"] * len(lines)
    assert sum(note["draws"] for note in notes) == len(lines)  # none was refused


def test_latts_never_accepts_what_the_verifier_abstains_on() -> None:
    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        return ODD + "The answer is True."

    settings = Latts(draws=2, fallbacks=("stop",))
    found = next(solve_all([problem()], ScriptedPolicy(script), SolveOptions(strategy="latts", settings=settings)))
    assert not found.verified
    assert [event["accepted"] for event in found.events if "note" in event] == [[]]


# --- no step is judged twice ---
def test_a_new_step_costs_what_it_takes_alone() -> None:
    verifier, grown = SymbolicVerifier(OPTIONS), ""
    calls = []
    for step in (*STEPS, "The answer is True."):
        grown += step
        calls.append(scored(grown, verifier=verifier).usage.solver_calls)
    anew = scored(GOOD).usage.solver_calls
    alone = [scored("".join(STEPS[: k + 1])).usage.solver_calls for k in range(len(STEPS))]
    assert calls == [0, 0, 1, 1, 1, 0]  # restating and the answer, said just before, take none
    assert sum(calls) == anew == 3
    assert sum([*alone, anew]) == 9  # what it would be without


def test_siblings_share_what_they_begin_with() -> None:
    verifier = SymbolicVerifier(OPTIONS)
    begun = "".join(STEPS[:4])
    first = scored(begun, verifier=verifier)
    assert first.usage.solver_calls == 2
    many = [begun + line for line in ("So Bob is calm.\n", "So Bob is tall.\n", "So Bob is sad.\n")]
    scores = verifier.score([Partial(problem=problem(), written=text) for text in many])
    assert [score.usage.solver_calls for score in scores] == [1, 2, 1]
    assert [score.value for score in scores] == [0.9, pytest.approx(0.675), pytest.approx(0.675)]


def test_chains_scored_together_are_judged_once_too() -> None:
    grown = ["".join(STEPS[: k + 1]) for k in range(len(STEPS))]
    partials = [Partial(problem=problem(), written=text) for text in [*reversed(grown), GOOD, GOOD]]
    scores = SymbolicVerifier(OPTIONS).score(partials)
    assert sum(score.usage.solver_calls for score in scores) == 3
    assert [score.value for score in scores] == [0.9] * 5 + [1.0] * 2


ENDINGS = [
    GOOD,
    GOOD.replace("True", "False"),
    "".join(STEPS[:3]) + "Bob is tall.\nSo Bob is not sad.\nBob is tall.\nThe answer is True.",
    ODD + "Bob is kind.\nSo Bob is nice.\nThe answer is Unknown.",
    "Suppose Bob is rude and green.\nThen Bob is green.\nSo Bob is nice.\nBob is rude.\nThe answer is True.",
    "1. Bob is kind.\n2. From 1, Bob is nice.\n3. From 9, Bob is not sad.\n4. Answer: True",
    "Nothing says that Bob is tall.\nThe context does not say that Bob is nice.\nBob is nice.\nThe answer is Unknown.",
    "The answer is True.\nBob is kind.\nSo Bob is nice.\nThe answer is False.",
    "Since Bob is kind and kind people are nice, Bob is nice and tall.\nBob is nice.\nAll tall people are nice.",
]


@pytest.mark.parametrize("logic", ["rules", "classical", "closed-world"])
@pytest.mark.parametrize("text", ENDINGS, ids=range(len(ENDINGS)))
def test_a_chain_checked_bit_by_bit_has_the_verdict_it_has_at_once(text: str, logic: str) -> None:
    if logic == "closed-world":
        pytest.importorskip("clingo")
    options = CheckOptions(max_leap=1, logic=logic)  # type: ignore[arg-type]
    verifier = SymbolicVerifier(options)
    for end in range(1, len(text) + 1):
        if text[end - 1] in "\n." or end == len(text):  # also inside of steps
            partial = Partial(problem=problem(), written=text[:end])
            (bit_by_bit,), (at_once,) = verifier.score([partial]), SymbolicVerifier(options).score([partial])
            assert bit_by_bit.value == at_once.value
            assert said(bit_by_bit) == said(at_once)


def said(score: Score) -> TraceVerdict:
    """The verdict without what it cost."""
    assert score.verdict is not None
    steps = tuple(msgspec.structs.replace(step, solver_effort=0, solver_calls=0) for step in score.verdict.steps)
    return msgspec.structs.replace(score.verdict, steps=steps, usage=type(score.usage)())


def test_what_was_found_elsewhere_is_not_used() -> None:
    """A verdict on another problem, with other settings or on other words must not make anything pass."""
    text = "Bob is kind.\nSo Bob is nice.\nThe answer is Unknown."
    here = problem()
    elsewhere = problem(context=["Bob is loud."])
    honest = verify_trace(trace_from_text(text, here), OPTIONS)
    bad = trace_from_text(text, elsewhere)
    for known in (
        known_from(honest, OPTIONS),
        known_from(verify_trace(bad, CheckOptions(max_leap=1, effort=12345)), OPTIONS),
        Known(problem=elsewhere, options=CheckOptions(logic="classical"), consistent=True, steps=honest.steps),
    ):
        found = verify_trace(bad, OPTIONS, known=known)
        assert found.steps[0].status is Status.UNGROUNDED
        assert not found.verified
    # the same words and place, but another formula or another step
    forged = msgspec.structs.replace(
        honest.steps[0].claims[0], formula="loud(bob)", status=Status.ENTAILED, text="Bob is tall", span=(0, 11)
    )
    for step in (honest.steps[0].step, trace_from_text("Bob is tall.\n", here).steps[0]):
        steps = (msgspec.structs.replace(honest.steps[0], step=step, claims=(forged,)),)
        known = Known(problem=here, options=OPTIONS, consistent=True, steps=steps)
        assert verify_trace(trace_from_text("Bob is tall.\n", here), OPTIONS, known=known).status.value == "invalid"


def test_what_a_worker_gave_up_is_not_taken_for_a_reading() -> None:
    text = "Bob is kind and Bob is nice.\nSo Bob is not sad.\n"
    trace = trace_from_text(text, problem())
    cut = verify_trace(trace, OPTIONS, skip={0: "stopped after 30 s"})
    assert cut.steps[0].status is Status.UNDECIDED
    again = verify_trace(trace, OPTIONS, known=known_from(cut, OPTIONS))
    assert again.status.value == "valid"
    # and a step given up now takes what was known behind it along
    whole = verify_trace(trace, OPTIONS)
    assert (
        verify_trace(trace, OPTIONS, known=known_from(whole, OPTIONS), skip={0: "stopped"}).status.value == "unverified"
    )


def test_worker_processes_take_over_verdicts_too() -> None:
    with Pool(1) as pool:
        verifier = SymbolicVerifier(OPTIONS, PoolCheck(pool))
        calls = [scored("".join(STEPS[: k + 1]), verifier=verifier).usage.solver_calls for k in range(len(STEPS))]
        assert calls == [0, 0, 1, 1, 1]
        assert said(scored(GOOD, verifier=verifier)) == said(scored(GOOD))


def test_what_is_kept_is_bounded() -> None:
    kept = Prefixes(OPTIONS, problems=2, chains=3)
    verdict = verify_trace(trace_from_text("Bob is kind.\n", problem()), OPTIONS)
    for number in range(5):
        asked = msgspec.structs.replace(problem(), id=str(number))
        for length in range(5):
            kept.keep(Partial(problem=asked, written="Bob is kind.\n" * (length + 1)), verdict)
    assert len(kept) == 6
    assert kept.of(Partial(problem=problem(), written=GOOD)) is None
    kept.clear()
    assert len(kept) == 0


def test_a_chain_waits_for_those_it_goes_on_from() -> None:
    def lots(*texts: str) -> list[list[int]]:
        return waves([Partial(problem=problem(), written=text) for text in texts])

    assert lots("ab", "a", "b", "abc", "a") == [[1, 2], [4], [0], [3]]
    assert lots() == []


def test_a_chain_that_cannot_be_checked_has_a_reason_and_costs_the_others_nothing() -> None:
    def check(
        traces: Sequence[Trace], options: CheckOptions, known: Sequence[Known | None]
    ) -> Iterator[TraceVerdict | str]:
        for trace, found in zip(traces, check_here(traces, options, known), strict=True):
            yield "the worker died" if "tall" in trace.raw else found

    partials = [Partial(problem=problem(), written=text) for text in ("Bob is kind.\n", "Bob is tall.\n")]
    scores = SymbolicVerifier(OPTIONS, check).score(partials)
    assert [(score.value, score.reason) for score in scores] == [
        (0.9, "nothing failed so far"),
        (None, "the worker died"),
    ]
