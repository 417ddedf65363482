"""Whatever the text, there is a verdict or an `InputError`.

No other exception, and no pass where nothing was shown.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from verisearch.errors import InputError
from verisearch.ingest.reader import read_traces
from verisearch.ingest.sentences import split
from verisearch.logic.english import read_sentence, read_text
from verisearch.symbolic.checker import prove_problem, verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Sentence, Step, Trace
from verisearch.verdict import Logic, Outcome, Proof, Status, TraceStatus, TraceVerdict

LOGICS: tuple[Logic, ...] = ("rules", "classical", "closed-world")

QUICK = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

DEEP = 10_000

#: Text that tries to be something else than text, or too much of it.
HOSTILE = (
    "",
    " ",
    ".",
    "\x00",
    "Bob is \x00kind.",
    "Bob is kind.\x00",
    "(assert false)",
    "(declare-fun kind (Thing) Bool)(assert (not (kind bob)))",
    "|kind| is |bob|.",
    "Bob is |kind|.",
    "Bob is kind) (assert false) (assert (kind bob).",
    "Bob is kind\n(assert false)",
    "Bob is 'kind'.",
    'Bob is "kind".',
    "Bob is kind\\.",
    "Bob is ; kind.",
    "Bob is :named kind.",
    "True is false.",
    "False is true.",
    "true.",
    "Not is not.",
    "If is then.",
    "If if then then.",
    "Assert is not.",
    "kind(bob).",
    ":- not kind(bob).",
    "#show kind/1.",
    "{{ 7 * 7 }}",
    "__import__('os').system('true')",
    "(" * DEEP,
    ")" * DEEP,
    "(" * DEEP + "Bob is kind" + ")" * DEEP + ".",
    "[" * DEEP + "]" * DEEP,
    "not " * DEEP + "kind.",
    "Bob is " + "not " * DEEP + "kind.",
    "If " * DEEP + "Bob is kind.",
    "Bob is kind and " * DEEP + "Bob is nice.",
    "Since Bob is kind, " * DEEP + "Bob is nice.",
    "It is not the case that " * DEEP + "Bob is kind.",
    "If someone is kind then " * DEEP + "they are nice.",
    "Nothing says that " * DEEP + "Bob is kind.",
    "Bob is " + "kind" * DEEP + ".",
    "Bob likes the " + "big " * DEEP + "cat.",
    "1" * DEEP + " is a number.",
    "Based on rules " + "1" * DEEP + ".",
    "Based on rules " + "1 " * 400 + "Bob.",
    "From " + "1, " * 400 + "Bob is kind.",
    "Bob is kind (from " + "1 and " * 400 + "1",
    "According to " + "the given " * 400 + "rules, Bob is kind.",
    "Based on " + "the rules and " * 300 + "Bob is kind.",
    "We can " + "also " * 300 + "conclude that Bob is kind.",
    "So " * 1000 + "Bob is kind.",
    "It is given that " * 200 + "Bob is kind.",
    "We " + "do not know " * 200 + "whether Bob is kind.",
    "Bob is kind" + ", so Bob is kind" * 30 + ".",
    '"' * 399,
    "“" * 399 + "Bob is kind" + "”" * 399 + ".",
    "Bob" + ", Bob" * 40 + " and Bob are kind.",
    "Bob is kind" + ", kind" * 40 + " and kind.",
    "If Bob is kind" + " and Bob is kind" * 90 + " then Bob is nice.",
    "Since Bob is kind" + " and since Bob is kind" * 30 + ", Bob is kind.",
    "1e400 is a number.",
    "-0 is a number.",
    "Bob is 10 ** 10 ** 10.",
    "Bob is kind." * DEEP,
    "Bob is kind. " * 100,
    "\u2028Bob is kind.\u2028",
    "\ufeffBob is kind.",
    "Bob is k\u0131nd.",
    "\ud83d\ude00 is \ud83d\ude00.".encode("utf-16", "surrogatepass").decode("utf-16"),
    "Bob\u200b is kind.",
    "١٢٣ is a number.",
)

#: Words of the grammar and of what might confuse it, to be thrown together.
VOCABULARY = """
Bob bob the The a an cat kind nice wumpus wumpuses is are not if If then and or All Every Each no something it
someone they likes like does do things people since because so So therefore from (1) true false nothing says that
, . ; : ( ) | " ' - = % assert x 1 3.5
"""
WORDS = VOCABULARY.split()

sentences = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
anything = st.one_of(st.text(max_size=60), sentences, sentences.map(lambda text: f"{text}."), st.sampled_from(HOSTILE))
grammatical = st.sampled_from(
    ("Bob is kind.", "Bob is not kind.", "All kind people are nice.", "The cat likes Bob.", "Bob is nice.")
)


def trace_of(context: list[str], steps: list[str], statement: str | None, answer: str | None) -> Trace:
    premises = tuple(Sentence(text, (0, len(text))) for text in context)
    problem = Problem(id="p", context=premises, statement=statement)
    numbered = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(steps))
    return Trace(problem=problem, steps=numbered, answer=answer, raw="\n".join(steps))


def checked(trace: Trace, options: CheckOptions) -> TraceVerdict | None:
    """The verdict, whose parts have to fit together; None if the input was refused."""
    try:
        verdict = verify_trace(trace, options)
    except InputError:
        return None
    assert len(verdict.steps) == len(trace.steps)
    assert len(verdict.context_formulas) == len(trace.problem.context)
    claims = [claim for step in verdict.steps for claim in step.claims]
    if verdict.status is TraceStatus.VALID:
        shown = [*claims, *([verdict.answer.claim] if verdict.answer else [])]
        assert any(claim.status is Status.ENTAILED for claim in shown)
        assert all(claim.status in (Status.ENTAILED, Status.NO_CLAIM) for claim in shown)
    for claim in claims:
        assert claim.status is not Status.ENTAILED or claim.formula
    return verdict


def proved(problem: Problem, options: CheckOptions) -> Proof | None:
    try:
        return prove_problem(problem, options)
    except InputError:
        return None


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_or_refused_with_its_place(text: str) -> None:
    reading = read_sentence(text)
    assert reading.formula is not None or reading.reason
    for sentence in split(text):
        start, end = sentence.span
        assert text[start:end] == sentence.text
    with suppress(InputError):
        read_text(text)


@QUICK
@given(anything)
def test_any_text_is_read_or_refused(text: str) -> None:
    reading = read_sentence(text)
    assert reading.formula is not None or reading.reason


@pytest.mark.parametrize("logic", LOGICS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_steps_prove_nothing(text: str, logic: Logic) -> None:
    options = CheckOptions(logic=logic)
    verdict = checked(trace_of(["Dave is red."], [text], "Dave is blue.", "True"), options)
    assert verdict is None or verdict.status is not TraceStatus.VALID
    assert verdict is None or not verdict.verified


@pytest.mark.parametrize("logic", LOGICS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_context_proves_nothing_foreign(text: str, logic: Logic) -> None:
    options = CheckOptions(logic=logic)
    verdict = checked(trace_of(["Dave is red.", text], ["Dave is blue."], None, None), options)
    assert verdict is None or verdict.steps[0].status is not Status.ENTAILED
    proof = proved(trace_of(["Dave is red.", text], [], "Dave is blue.", None).problem, options)
    assert proof is None or proof.outcome is not Outcome.TRUE


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_statements_and_answers_pass_no_trace(text: str) -> None:
    options = CheckOptions()
    steps = ["Dave is red."]
    asked = checked(trace_of(["Dave is red."], steps, text, "True"), options)
    assert asked is None or asked.answer is None or asked.answer.claim.status is not Status.ENTAILED
    answered = checked(trace_of(["Dave is red."], steps, "Dave is blue.", text), options)
    assert answered is None or not answered.verified or text.strip() == ""
    problem = trace_of(["Dave is red."], [], text, None).problem
    proof = proved(problem, options)
    assert proof is None or proof.outcome in (Outcome.UNKNOWN, Outcome.UNDECIDED)


@QUICK
@given(
    st.lists(st.one_of(anything, grammatical), max_size=4),
    st.lists(st.one_of(anything, grammatical), max_size=4),
    st.one_of(st.none(), anything, grammatical),
    st.one_of(st.none(), st.sampled_from(["True", "False", "Unknown", "maybe", "", "\x00"]), anything),
    st.sampled_from(LOGICS),
)
@example([], [], None, None, "rules")
@example([], [""], "", "", "classical")
@example(["Bob is kind.", "Bob is not kind."], ["Bob is nice."], "Bob is nice.", "True", "classical")
def test_any_trace_gets_a_verdict(
    context: list[str], steps: list[str], statement: str | None, answer: str | None, logic: Logic
) -> None:
    trace = trace_of(context, steps, statement, answer)
    checked(trace, CheckOptions(logic=logic))
    proved(trace.problem, CheckOptions(logic=logic))


@QUICK
@given(st.lists(anything, min_size=1, max_size=3), st.sampled_from(LOGICS))
def test_nothing_foreign_follows_from_noise(context: list[str], logic: Logic) -> None:
    verdict = checked(trace_of(context, ["Zelda is quixotic."], None, None), CheckOptions(logic=logic))
    assert verdict is None or verdict.status is not TraceStatus.VALID


@pytest.mark.parametrize("logic", LOGICS)
def test_an_empty_trace_is_not_valid(logic: Logic) -> None:
    for trace in (trace_of([], [], None, None), trace_of(["Bob is kind."], [], "Bob is kind.", None)):
        verdict = checked(trace, CheckOptions(logic=logic))
        assert verdict is not None
        assert verdict.status is TraceStatus.UNVERIFIED
        assert not verdict.verified


def test_an_answer_alone_is_not_verified() -> None:
    trace = trace_of(["Bob is kind.", "Kind people are nice.", "Nice people are big."], [], "Bob is big.", "True")
    verdict = checked(trace, CheckOptions(max_leap=1))
    assert verdict is not None
    assert not verdict.verified


def test_a_statement_is_no_premise() -> None:
    verdict = checked(trace_of(["Bob is red."], ["Bob is kind."], "Bob is kind.", "True"), CheckOptions())
    assert verdict is not None
    assert verdict.steps[0].status is Status.UNGROUNDED
    assert verdict.status is TraceStatus.INVALID


def test_ten_thousand_sentences_and_steps_are_checked() -> None:
    context = [f"Bob{index} is kind." for index in range(300)] * 4
    steps = [f"Bob{index} is kind." for index in range(300)] * 2
    verdict = checked(trace_of(context, steps, None, None), CheckOptions())
    assert verdict is not None
    assert verdict.status in (TraceStatus.VALID, TraceStatus.UNVERIFIED)


def verified_from(path: Path, content: bytes) -> list[TraceVerdict]:
    """Verdicts on whatever traces can be read from a file with this content; errors in records are left out."""
    path.write_bytes(content)
    traces: list[Trace] = []
    with suppress(InputError):
        traces.extend(read_traces(path, context=["Dave is red."], on_error=lambda error: None))
    return [verdict for trace in traces if (verdict := checked(trace, CheckOptions()))]


@QUICK
@given(st.one_of(st.binary(max_size=80), anything.map(lambda text: text.encode("utf-8", "surrogatepass"))))
@example(b"")
@example(b"\xff\xfeB\x00o\x00b\x00")
@example(b"Bob is k\xefnd.")
@example(b'{"steps": [' + b"[" * DEEP)
@example(b'{"steps": ["Dave is red."]')
@example(b'{"id": "a", "steps": []}\n{"id": "a", "steps": []}')
@example(b'{"id": "a", "steps": ["Dave is red."]}\nnot json\n{"id": "b", "steps": ["Dave is blue."]}')
@example(b'{"context": 1e999, "steps": ["Dave is red."]}')
@example(b'{"steps": [' + b"9" * DEEP + b"]}")
@example(b"<think>" * DEEP)
@example(b"1. " * DEEP)
@example(b"> " * DEEP + b"Dave is blue.")
@example(b"*" * DEEP)
def test_any_file_gives_verdicts_or_an_input_error(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        for verdict in verified_from(Path(folder, "trace"), content):
            entailed = [
                claim.text for step in verdict.steps for claim in step.claims if claim.status is Status.ENTAILED
            ]
            assert verdict.status is not TraceStatus.VALID or any("red" in text for text in entailed)
