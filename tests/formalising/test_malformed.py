"""Replies that can't be used are asked for again, then given up with the fault's name: no crash, and no premise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from malformed_replies import DECLARATIONS, GOOD, REPLIES, TEXT
from scripted_model import ScriptedModel
from watched import watching

from verisearch.ingest.reader import read_problem
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Step, Trace
from verisearch.verdict import Status, TraceVerdict

CONTEXT = "Olga, who is 31 years old, is kind."
STATEMENT = "Olga admires Anne, who is kind and 20 years old."
VOCABULARY = """(declare-sort Person 0) ; people
(declare-const olga Person) ; Olga
(declare-const anne Person) ; Anne
(declare-fun kind (Person) Bool) ; {0} is kind
(declare-fun admires (Person Person) Bool) ; {0} admires {1}
(declare-fun age (Person) Int) ; the age of {0}"""
SAID = "(assert (and (admires olga anne) (kind anne) (= (age anne) 20)))"
LACKING = "; cannot: words are lacking"
#: Reading by the model alone, and each text by itself.
ALONE = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(mixed=False))


def model(*replies: str, declared: str = "", premises: str = f'context: "{CONTEXT}"') -> ScriptedModel:
    """Formalises the statement well, and `TEXT` by ``replies``."""
    return ScriptedModel(
        {
            ("formalise", STATEMENT): [LACKING, SAID],
            ("declare", STATEMENT): VOCABULARY,
            ("formalise", TEXT): list(replies),
            ("declare", TEXT): declared,
            ("premises", TEXT): premises,
            ("premises", "Olga is kind"): premises,
            ("formalise", CONTEXT): "(assert (and (kind olga) (= (age olga) 31)))",
        }
    )


def verdict(model: ScriptedModel, options: CheckOptions = ALONE) -> TraceVerdict:
    problem = read_problem(CONTEXT, statement=STATEMENT)
    return verify_trace(Trace(problem=problem, steps=(Step(TEXT, 0, (0, len(TEXT))),)), options, model=model)


def given_up(found: TraceVerdict) -> str:
    """The reason why the step wasn't read."""
    (step,) = found.steps
    assert step.status is Status.UNTRANSLATABLE
    return "; ".join(claim.reason for claim in step.claims)


@pytest.mark.parametrize("name", REPLIES)
def test_a_malformed_reply_is_given_up_with_its_fault(name: str) -> None:
    reply, words = REPLIES[name]
    with watching() as watched:
        found = verdict(model(reply))
    assert words in given_up(found)
    assert (watched.told, watched.slipped) == ([], [])


@pytest.mark.parametrize("name", DECLARATIONS)
def test_malformed_declarations_are_given_up_with_their_fault(name: str) -> None:
    reply, words = DECLARATIONS[name]
    with watching() as watched:
        found = verdict(model(LACKING, declared=reply))
    assert words in given_up(found)
    assert (watched.told, watched.slipped) == ([], [])


#: Those that are found out only when a formula is judged: no further try is made then.
JUDGED = ("a contradiction", "a tautology")


@pytest.mark.parametrize("name", [name for name in REPLIES if name not in JUDGED])
def test_a_good_reply_after_a_malformed_one_mends_it(name: str) -> None:
    reply, words = REPLIES[name]
    scripted = model(reply, GOOD)
    with watching() as watched:
        found = verdict(scripted)
    assert found.steps[0].status is Status.ENTAILED
    assert watched.slipped == []
    told = [query.values["wrong"] for query in scripted.queries if query.task == "formalise" and query.values["wrong"]]
    # a signal that words are lacking goes to the second stage, and is asked again there
    assert all(words in each for each in told)
    assert told or "nothing new" in words


PROGRAMS = ("folio", "proofwriter", "prontoqa", "ar_lsat", "logical_deduction")


@pytest.mark.data
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_that_models_wrote_neither_crash_nor_slip_through(name: str, data_dir: Path) -> None:
    """Whole, and cut off in the middle; and each line by itself."""
    path = data_dir / "logic" / f"{name}_llm_programs.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} isn't there")
    with path.open(encoding="utf-8") as file:
        programs = [json.loads(line)["raw_logic_program"] for line in file if line.strip()]
    step = max(1, len(programs) // 8)
    with watching() as watched:
        for program in programs[::step]:
            lines = [line for line in program.splitlines() if ":::" in line][:6]
            for reply in (program, program[: len(program) // 2], *lines):
                found = verdict(model(reply))
                assert found.steps[0].status is Status.UNTRANSLATABLE
                assert found.steps[0].claims[0].reason
    assert (watched.told, watched.slipped) == ([], [])
