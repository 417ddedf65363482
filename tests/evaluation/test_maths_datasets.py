"""Loaders of mathematics: word problems, options, LaTeX, recorded chains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from worlds import write_lines

from verisearch import plugins
from verisearch.errors import TraceError
from verisearch.evaluation.datasets import (
    GSM8K,
    MATH,
    SVAMP,
    AddSub,
    AQuA,
    GSMHard,
    GSMPlus,
    MathQA,
    MultiArith,
    RowDataSet,
    SingleEq,
)
from verisearch.evaluation.record import Record
from verisearch.evaluation.run import Plan, run
from verisearch.protocols import Item
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import read_records
from verisearch.symbolic.options import CheckOptions


def load(data_set: RowDataSet, folder: Path, *objects: dict[str, Any]) -> list[Item]:
    return list(data_set.load(str(write_lines(folder / "data.jsonl", list(objects)))))


def steps(item: Item, number: int = 0) -> list[str]:
    trace = item.traces[number]
    assert all(trace.raw[slice(*step.span)] == step.text for step in trace.steps)
    return [step.text for step in trace.steps]


def test_the_data_sets_are_found_by_name_and_have_nothing_to_prove() -> None:
    kinds = [GSM8K, GSMHard, GSMPlus, SVAMP, MultiArith, AddSub, SingleEq, AQuA, MathQA, MATH]
    names = "gsm8k gsm-hard gsm-plus svamp multiarith addsub singleeq aqua mathqa math".split()
    for name, kind in zip(names, kinds, strict=True):
        assert plugins.load("datasets", name) is kind
        assert (kind.name, kind.proves) == (name, False)


# --- GSM8K ----------------------------------------------------------------------------------------------------------
QUESTION = "Mia bakes 1,200 rolls on Monday and half as many on Tuesday. How many rolls does she bake?"
SOLUTION = (
    "On Tuesday she bakes 1200/2 = <<1200/2=600>>600 rolls.\n\nTogether that is 1200+600 = <<1200+600=1800>>1,800.\n"
)


def test_gsm8k_solutions_are_a_step_a_line(tmp_path: Path) -> None:
    (item,) = load(GSM8K(), tmp_path, {"question": f" {QUESTION} ", "answer": SOLUTION + "#### 1,800"})
    assert steps(item) == [line for line in SOLUTION.split("\n") if line]
    assert item.problem.question == QUESTION
    assert (item.problem.answer_kind, item.problem.gold, item.problem.statement) == ("number", "1800", None)
    assert (item.traces[0].answer, item.traces[0].answer_step) == ("1,800", None)
    assert item.traces[0].problem == item.problem
    assert item.labels == ()


def test_gsm8k_in_the_socratic_form(tmp_path: Path) -> None:
    asked = "How many on Tuesday? ** " + SOLUTION.replace("\n\n", "\nHow many rolls does she bake? ** ") + "#### 1800"
    (item,) = load(GSM8K(), tmp_path, {"id": "a", "question": QUESTION, "answer": asked})
    assert steps(item) == [line for line in SOLUTION.split("\n") if line]


def test_a_power_is_no_socratic_question(tmp_path: Path) -> None:
    (item,) = load(GSM8K(), tmp_path, {"id": "a", "question": QUESTION, "answer": "She has 2 ** 3 = 8.\n#### 8"})
    assert steps(item) == ["She has 2 ** 3 = 8."]


SOLUTIONS = {
    "id": "a",
    "solutions": [
        {"model": "m", "is_correct": True, "solution": "1200 / 2 = 600\n1200 + 600 = 1800\nA: 1800"},
        {"model": "n", "is_correct": False, "solution": "1200 * 2 = 2400\n1200 + 24"},
    ],
}


def test_gsm8k_model_solutions_join_their_problems(tmp_path: Path) -> None:
    problems = write_lines(tmp_path / "p.jsonl", [{"id": "a", "question": QUESTION, "answer": SOLUTION + "#### 1800"}])
    (item,) = load(GSM8K(problems=str(problems)), tmp_path, SOLUTIONS)
    assert (steps(item), item.traces[0].answer) == (["1200 / 2 = 600", "1200 + 600 = 1800"], "1800")
    assert (steps(item, 1), item.traces[1].answer) == (["1200 * 2 = 2400", "1200 + 24"], None)
    assert [label.right for label in item.labels] == [True, False]
    assert [label.first_error for label in item.labels] == [None, None]
    assert (item.problem.question, item.problem.gold, item.group) == (QUESTION, "1800", "a")


def test_gsm8k_solutions_of_an_unknown_problem_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="--problems"):
        load(GSM8K(), tmp_path, SOLUTIONS)
    problems = write_lines(tmp_path / "p.jsonl", [{"id": "b", "question": QUESTION, "answer": "#### 1"}])
    with pytest.raises(TraceError, match="holds no problem 'a'"):
        load(GSM8K(problems=str(problems)), tmp_path, SOLUTIONS)


CHAIN = {
    "id": "a@m",
    "problem_id": "a",
    "model": "m",
    "cot": "On Tuesday it is 1200 / 2 = 600. In all, 1200 + 600 = 1800 rolls.",
    "extracted_answer": "1800",
    "final_answer_correct": True,
}


def test_gsm8k_model_chains_stand_with_their_own_question(tmp_path: Path) -> None:
    (item,) = load(GSM8K(), tmp_path, {**CHAIN, "question": QUESTION, "gold_answer": "1,800"})
    assert steps(item) == ["On Tuesday it is 1200 / 2 = 600.", "In all, 1200 + 600 = 1800 rolls."]
    assert (item.traces[0].answer, item.problem.gold, item.problem.id) == ("1800", "1800", "a@m")
    assert (item.labels[0].right, item.kind, item.group) == (True, "m", "a")


def test_model_chains_join_the_problems_of_any_set(tmp_path: Path) -> None:
    problems = write_lines(tmp_path / "p.jsonl", [{"id": "a", "input": QUESTION, "target": 1800.0}])
    (item,) = load(GSMHard(problems=str(problems)), tmp_path, {**CHAIN, "cot": "It is 1800.\nThe answer is 1,800."})
    assert (item.traces[0].answer, item.problem.gold, item.kind) == ("1,800", "1800", "m")


def test_an_answer_that_was_not_found_is_none(tmp_path: Path) -> None:
    row = {**CHAIN, "question": QUESTION, "gold_answer": "1800", "extracted_answer": "None"}
    (item,) = load(GSM8K(), tmp_path, row)
    assert item.traces[0].answer is None


@pytest.mark.parametrize(
    ("value", "gold"),
    [
        (-9867630.0, "-9867630"),
        (3244047.0999999996, "3244047.1"),
        (3.509e-07, "0.0000003509"),
        (109844510400.0, "109844510400"),
        (1e40, "1" + "0" * 40),
    ],
)
def test_gsm_hard_targets_are_as_exact_as_floats_are(tmp_path: Path, value: float, gold: str) -> None:
    (item,) = load(GSMHard(), tmp_path, {"id": "a", "input": QUESTION, "target": value, "code": "def solution(): ..."})
    assert (item.problem.gold, item.traces) == (gold, ())


def test_gsm_plus_knows_questions_without_an_answer(tmp_path: Path) -> None:
    row = {"question": QUESTION, "seed_question": "Seed?", "perturbation_type": "critical thinking"}
    none, half = load(
        GSMPlus(),
        tmp_path,
        {**row, "id": "a", "answer": "None", "solution": "We don't know.\n#### None"},
        {**row, "id": "b", "answer": "2/5", "solution": "4 / 10 = 2/5\n#### 2/5"},
    )
    assert (none.problem.gold, none.problem.answer_kind, none.traces[0].answer) == ("None", "number", "None")
    assert (none.kind, none.group) == ("critical thinking", "Seed?")
    assert (half.problem.gold, steps(half)) == ("2/5", ["4 / 10 = 2/5"])


# --- equations ------------------------------------------------------------------------------------------------------
def test_svamp_puts_body_and_question_together(tmp_path: Path) -> None:
    row = {"ID": "x", "Question": "How much is one?", "Equation": "( 9.0 - 2.0 )", "Answer": 7.0, "Type": "Subtraction"}
    bare, full = load(
        SVAMP(), tmp_path, {**row, "Body": "A cup costs 9, 2 less today"}, {**row, "ID": "y", "Body": "So."}
    )
    assert bare.problem.question == "A cup costs 9, 2 less today. How much is one?"
    assert full.problem.question == "So. How much is one?"
    assert (steps(bare), bare.traces[0].answer) == (["( 9.0 - 2.0 ) = 7"], "7")
    assert (bare.kind, bare.problem.id, bare.problem.gold) == ("Subtraction", "x", "7")


@pytest.mark.parametrize(
    ("equation", "solution", "expected"),
    [
        ("X=((32.0+42.0)-35.0)", 39.0, ["((32.0+42.0)-35.0) = 39"]),
        ("X = 70 - 27", "43", ["70 - 27 = 43"]),
        ("7*4=x", 28.0, ["7*4 = 28"]),
        ("0.25 + 0.5 = x", 0.75, ["0.25 + 0.5 = 0.75"]),
        ("28+x=54", 26.0, ["28+x=54", "x = 26"]),
        ("56 - X = 22", "34", ["56 - X = 22", "X = 34"]),
        ("12=x+4", 8, ["12=x+4", "x = 8"]),
    ],
)
def test_equations_become_steps(tmp_path: Path, equation: str, solution: Any, expected: list[str]) -> None:
    row = {"iIndex": 5, "sQuestion": " How many ? ", "lEquations": [equation], "lSolutions": [solution]}
    for data_set in (MultiArith(), AddSub(), SingleEq()):
        (item,) = load(data_set, tmp_path, row)
        assert steps(item) == expected
        assert item.problem.gold == item.traces[0].answer == expected[-1].rpartition("= ")[2]
        assert (item.problem.id, item.problem.question) == ("5", "How many ?")


# --- options --------------------------------------------------------------------------------------------------------
AQUA = {
    "question": "What is 3 times 13?",
    "options": ["A)21", "B)(3,9)", "C)√3 – 1", "D)39", "E)None of these"],
    "rationale": "3 * 13 = 39.\nAnswer: D",
    "correct": "D",
}


def test_aqua_keeps_options_out_of_the_question(tmp_path: Path) -> None:
    (item,) = load(AQuA(), tmp_path, AQUA)
    assert item.problem.question == "What is 3 times 13?"
    assert item.problem.options == ("A) 21", "B) (3,9)", "C) √3 – 1", "D) 39", "E) None of these")
    assert (item.problem.answer_kind, item.problem.gold, item.traces[0].answer) == ("choice", "D", "39")
    assert steps(item)[0] == "3 * 13 = 39."


@pytest.mark.parametrize(
    "options",
    [
        "a ) 1,000 , b ) 2 / 3 , c ) rs . 5 , d ) 39 , e ) none",
        "a ) a ) 1,000 , b ) b ) 2 / 3 , c ) c ) rs . 5 , d ) d ) 39 , e ) e ) none",
        "['a ) 1,000', 'b ) 2 / 3', 'c ) rs . 5', 'd ) 39', 'e ) none']",
    ],
)
def test_mathqa_options_however_they_are_written(tmp_path: Path, options: str) -> None:
    row = {
        "Problem": "what is 3 times 13 ?",
        "Rationale": '"3 * 13 = 39 answer : d"',
        "options": options,
        "correct": "d",
    }
    (item,) = load(MathQA(), tmp_path, {**row, "category": "general"})
    assert item.problem.options == ("A) 1,000", "B) 2 / 3", "C) rs . 5", "D) 39", "E) none")
    assert (item.problem.gold, item.traces[0].answer, item.kind) == ("D", "39", "general")
    assert item.traces[0].raw == "3 * 13 = 39 answer : d"


# --- MATH -----------------------------------------------------------------------------------------------------------
def test_math_takes_its_answer_from_the_box_where_it_must(tmp_path: Path) -> None:
    row = {"problem": "What is $1/2+1/3$?", "solution": r"We add: $1/2+1/3=5/6$. So it is $\boxed{\frac{5}{6}}$."}
    boxed, given = load(MATH(), tmp_path, {**row, "type": "Algebra"}, {**row, "id": "b", "answer": r"\frac56"})
    assert (boxed.problem.gold, boxed.kind) == (r"\frac{5}{6}", "Algebra")
    assert (given.problem.gold, given.traces[0].answer, given.problem.answer_kind) == (
        r"\frac56",
        r"\frac56",
        "expression",
    )
    assert len(steps(boxed)) == 2


def test_math_samples_have_many_traces(tmp_path: Path) -> None:
    texts = [r"It is $\boxed{\frac{5}{6}}$.", "I give up."]
    traces = [{"text": text, "correct": "boxed" in text, "tokens": 3} for text in texts]
    row = {
        "id": "a",
        "problem": "What is $1/2+1/3$?",
        "gold": r"\frac{5}{6}",
        "traces": traces,
        "difficulty": "level-1",
    }
    (item,) = load(MATH(), tmp_path, row)
    assert [trace.answer for trace in item.traces] == [r"\frac{5}{6}", None]
    assert [label.right for label in item.labels] == [True, False]
    assert item.kind == "level-1"


# --- malformed rows -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "row", "field", "message"),
    [
        (GSM8K, {"question": "Q?", "answer": "1 + 1 = 2"}, "answer", "should end in a line with '#### '"),
        (GSM8K, {"question": "Q?", "answer": "#### many"}, "answer", "should be a number, not 'many'"),
        (GSM8K, {"question": "", "answer": "#### 1"}, "question", "is empty"),
        (GSM8K, {**CHAIN, "question": "Q?", "gold_answer": "1", "final_answer_correct": 1}, "final_answer_correct",
         "should be true or false, not a number"),
        (GSMHard, {"input": "Q?", "target": "1e999999999"}, "target", "should be a number"),
        (GSMHard, {"input": "Q?", "target": "nan"}, "target", "should be a number"),
        (GSMPlus, {"question": "Q?", "answer": "1/0"}, "answer", "should be a number"),
        (SVAMP, {"Body": "B.", "Question": "Q?", "Answer": None}, None, "no field 'Answer'"),
        (AddSub, {"sQuestion": "Q?", "lEquations": ["x=1", "x=2"], "lSolutions": [1]}, "lEquations", "a list of one"),
        (AddSub, {"sQuestion": "Q?", "lEquations": ["3+4"], "lSolutions": [7]}, "lEquations", "should be one equation"),
        (AddSub, {"sQuestion": "Q?", "lEquations": ["x=1"], "lSolutions": "1"}, "lSolutions", "a list of one"),
        (AQuA, {**AQUA, "correct": "F"}, "correct", "should be the letter of an option"),
        (AQuA, {**AQUA, "options": ["A)1", "C)2"]}, "options", "should be options lettered"),
        (MathQA, {"Problem": "q ?", "options": "30 , 36", "correct": "a"}, "options", "should be 'a ) … , b ) …'"),
        (MathQA, {"Problem": "q ?", "options": "a ) 1 , c ) 2", "correct": "a"}, "options", "should be 'a ) …"),
        (MATH, {"problem": "Q?", "solution": "It is 3."}, "solution", "puts no answer in a box"),
        (MATH, {"problem": "Q?", "gold": "3", "traces": [{"text": 5}]}, "traces[0].text", "should be a string"),
    ],
)  # fmt: skip
def test_malformed_rows_are_named(
    tmp_path: Path, make: Callable[[], RowDataSet], row: dict[str, Any], field: str | None, message: str
) -> None:
    with pytest.raises(TraceError) as caught:
        load(make(), tmp_path, {"id": "a", **row})
    assert (caught.value.line, caught.value.field) == (1, field)
    assert message in str(caught.value)


# --- the files ------------------------------------------------------------------------------------------------------
#: File, data set, rows, traces.
FILES = [
    ("gsm8k_train", GSM8K, 7473, 7473),
    ("gsm8k_test", GSM8K, 905, 905),
    ("gsm8k_test_socratic", GSM8K, 905, 905),
    ("gsm8k_llm_cot", GSM8K, 1029, 1029),
    ("gsm_hard", GSMHard, 904, 0),
    ("gsm_plus_testmini", GSMPlus, 1592, 1592),
    ("svamp", SVAMP, 701, 701),
    ("multiarith", MultiArith, 427, 427),
    ("addsub", AddSub, 275, 275),
    ("singleeq", SingleEq, 352, 352),
    ("aqua_test", AQuA, 171, 171),
    ("mathqa_test", MathQA, 1313, 1313),
    ("math500", MATH, 336, 336),
    ("math500_samples", MATH, 29, 29 * 24),
]


@pytest.mark.data
@pytest.mark.parametrize(("name", "make", "rows", "traces"), FILES)
def test_every_row_of_every_file_is_read(
    data_dir: Path, name: str, make: Callable[[], RowDataSet], rows: int, traces: int
) -> None:
    items = list(make().load(str(data_dir / "math" / f"{name}.jsonl")))
    assert (len(items), sum(len(item.traces) for item in items)) == (rows, traces)
    assert all(item.problem.gold and item.problem.question for item in items)
    assert all(trace.steps for item in items for trace in item.traces)


@pytest.mark.data
def test_the_published_model_solutions_are_read(data_dir: Path) -> None:
    made = GSM8K(problems=str(data_dir / "math" / "gsm8k_test.jsonl"))
    items = list(made.load(str(data_dir / "math" / "gsm8k_test_gpt3_solutions.jsonl")))
    traces = [trace for item in items for trace in item.traces]
    assert (len(items), len(traces)) == (905, 3620)
    # four were cut off before their last line, or end in a bare number
    assert sum(trace.answer is None for trace in traces) == 4
    assert sum(label.right is True for item in items for label in item.labels) == 1343


# --- the files, checked ---------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


def checked(data_set: RowDataSet, path: Path, folder: Path, pool: Pool, **more: Any) -> list[Record]:
    options = CheckOptions(formaliser=data_set.formaliser)
    plan = Plan(data_set=data_set.name, source=str(path), mode="verify", options=options, **more)
    report = run(plan, data_set, folder, pool=pool)
    assert report.figures.errors == 0
    return list(read_records(folder / "records.jsonl", Record))


@pytest.mark.data
def test_equations_come_to_their_answers_but_for_the_known_row(data_dir: Path, tmp_path: Path, pool: Pool) -> None:
    for data_set, known in ((SVAMP(), ["chal-680"]), (MultiArith(), [])):
        name = data_set.name
        found = checked(data_set, data_dir / "math" / f"{name}.jsonl", tmp_path / name, pool)
        assert all(record.correct for record in found)
        assert [record.id for record in found if record.first_error != "none"] == known


@pytest.mark.data
def test_answers_are_judged_as_the_sets_judge_them(data_dir: Path, tmp_path: Path, pool: Pool) -> None:
    """No answer is called right that the set calls wrong; where it is the other way round, it is left undecided."""
    problems = str(data_dir / "math" / "gsm8k_test.jsonl")
    for name, data_set in (("gsm8k_llm_cot", GSM8K()), ("gsm8k_test_gpt3_solutions", GSM8K(problems=problems))):
        more = {"limit": 100, "seed": 5}
        found = checked(data_set, data_dir / "math" / f"{name}.jsonl", tmp_path / name, pool, **more)
        assert {record.correct for record in found} == {True, False}
        assert not [record.id for record in found if record.correct and not record.gold_right]
        assert {record.equality for record in found if record.gold_right and not record.correct} <= {"undecided"}
