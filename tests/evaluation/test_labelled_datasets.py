"""Loaders of chains whose first wrong step is labelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from worlds import write_lines

from verisearch import plugins
from verisearch.errors import TraceError
from verisearch.evaluation.datasets import (
    MRGSM8K,
    MRMATH,
    BigBenchMistake,
    MathCheck,
    MRBen,
    PerturbedMath,
    PRMBench,
    ProcessBench,
    RowDataSet,
)
from verisearch.protocols import FirstError, Item

STEPS = ["Two boxes hold 2 * 7 = 14 pens.", "Half of them is 14 / 2 = 6.", r"The answer is \boxed{6}."]
QUESTION = "A box holds 7 pens. How many are half of the pens in two boxes?"


def load(data_set: RowDataSet, folder: Path, *objects: dict[str, Any]) -> list[Item]:
    return list(data_set.load(str(write_lines(folder / "data.jsonl", list(objects)))))


def first_errors(item: Item) -> list[FirstError]:
    assert len(item.labels) == len(item.traces)
    return [label.first_error for label in item.labels]


def texts(item: Item, number: int = 0) -> list[str]:
    trace = item.traces[number]
    assert all(trace.raw[slice(*step.span)] == step.text for step in trace.steps)
    return [step.text for step in trace.steps]


def test_the_data_sets_are_found_by_name_and_have_nothing_to_prove() -> None:
    kinds = [ProcessBench, MRGSM8K, MRBen, MRMATH, MathCheck, PRMBench, BigBenchMistake, PerturbedMath]
    names = "processbench mr-gsm8k mr-ben mr-math mathcheck prmbench bigbench-mistake math-perturbed".split()
    for name, kind in zip(names, kinds, strict=True):
        assert plugins.load("datasets", name) is kind
        assert (kind.name, kind.proves) == (name, False)


# --- ProcessBench ---------------------------------------------------------------------------------------------------
def test_processbench_counts_steps_from_0(tmp_path: Path) -> None:
    row = {"generator": "m", "problem": QUESTION, "steps": STEPS, "final_answer_correct": False}
    wrong, right = load(ProcessBench(), tmp_path, {**row, "id": "a", "label": 1}, {**row, "id": "b", "label": -1})
    assert (first_errors(wrong), first_errors(right)) == ([1], ["none"])
    assert (wrong.labels[0].right, wrong.problem.gold, wrong.kind) == (False, None, "m")
    assert (wrong.traces[0].answer, wrong.traces[0].answer_step) == ("6", 2)
    assert texts(wrong) == STEPS


def test_steps_are_never_left_out_however_empty(tmp_path: Path) -> None:
    row = {"id": "a", "problem": QUESTION, "steps": ["", "1 + 1 = 3"], "label": 1}
    (item,) = load(ProcessBench(), tmp_path, row)
    assert (texts(item), first_errors(item)) == (["", "1 + 1 = 3"], [1])


def test_our_index_and_the_published_label_must_agree(tmp_path: Path) -> None:
    row = {"id": "a", "problem": QUESTION, "steps": STEPS, "label": 1}
    (item,) = load(ProcessBench(), tmp_path, {**row, "first_error_index0": 1})
    assert first_errors(item) == [1]
    with pytest.raises(TraceError, match="label: is step 2 from 0, but label says 1"):
        load(ProcessBench(), tmp_path, {**row, "first_error_index0": 2})


# --- MR ---------------------------------------------------------------------------------------------------------------
MR = {
    "uuid": "u",
    "question": QUESTION,
    "ground_truth_answer": 7,
    "model_output_steps": ["Step 1: 2 * 7 = 14", "Step 2: 14 / 2 = 6", "Step 3: #### 6"],
    "model_output_answer_correctness": "wrong",
    "question_type": "original",
}


@pytest.mark.parametrize(("label", "expected"), [(2, 1), ("2", 1), ("N/A", "none"), (None, "none")])
def test_mr_gsm8k_counts_steps_from_1(tmp_path: Path, label: object, expected: FirstError) -> None:
    (item,) = load(MRGSM8K(), tmp_path, {**MR, "model_output_solution_first_error_step": label})
    assert first_errors(item) == [expected]
    assert texts(item) == ["2 * 7 = 14", "14 / 2 = 6", "#### 6"]
    assert [step.label for step in item.traces[0].steps] == ["1", "2", "3"]
    assert (item.traces[0].answer, item.problem.gold, item.labels[0].right) == ("6", "7", False)
    assert (item.problem.id, item.kind) == ("u", "original")


def test_a_sentence_in_place_of_a_gold_answer_is_none(tmp_path: Path) -> None:
    row = {**MR, "ground_truth_answer": "Now think.", "model_output_solution_first_error_step": 1}
    (item,) = load(MRGSM8K(), tmp_path, row)
    assert (item.problem.gold, first_errors(item)) == (None, [0])


MRBEN = {
    "Question_UUID": "u",
    "Question": "What is 3 * 13?",
    "Options": "A: 21 \nB: 39 \nC: x^2 ",
    "Ground_Truth_Answer": "B",
    "Subject": "school",
    "Model_Solution_Steps": ["Step 1: 3 * 13 = 21.", "Solution: Choice_A"],
    "Model_Solution_Correctness": "incorrect",
    "Model_Solution_First_Error_Step": 1,
}


@pytest.mark.parametrize(
    ("last", "answer"),
    [
        ("Solution: Choice_A", "21"),
        ("Solution: Choice B", "39"),
        ("Solution: Choice_C: x^2", "x^2"),
        ("Solution: None of the choices.", None),
    ],
)
def test_mr_ben_as_published(tmp_path: Path, last: str, answer: str | None) -> None:
    (item,) = load(MRBen(), tmp_path, {**MRBEN, "Model_Solution_Steps": ["Step 1: 3 * 13 = 21.", last]})
    assert (item.traces[0].answer, item.problem.gold) == (answer, "B")
    assert item.problem.options == ("A) 21", "B) 39", "C) x^2")
    assert (first_errors(item), item.labels[0].right, item.kind) == ([0], False, "school")


def test_mr_math_as_published(tmp_path: Path) -> None:
    row = {
        "id": 3,
        "question": QUESTION,
        "ground_truth_answer": "7",
        "generator": "m",
        "model_output_step_format": [["1. We have:", "$2 * 7 = 14$"], ["2. So it is \\boxed{7}."]],
        "model_output_answer_correctness": "correct",
        "model_output_solution_first_error_step": 2,
    }
    (item,) = load(MRMATH(), tmp_path, row)
    assert texts(item) == ["We have:\n$2 * 7 = 14$", "So it is \\boxed{7}."]
    assert (first_errors(item), item.labels[0].right, item.traces[0].answer) == ([1], True, "7")


def test_needless_steps_are_no_wrong_ones(tmp_path: Path) -> None:
    row = {"id": "a", "question": QUESTION, "ground_truth_answer": "7", "steps": ["7 = 7.", "# Answer\n\n7"]}
    (item,) = load(MRMATH(), tmp_path, {**row, "step_rating": [0, 1]})
    assert (first_errors(item), item.labels[0].right, item.traces[0].answer) == ([None], None, "7")


# --- MathCheck --------------------------------------------------------------------------------------------------------
MATHCHECK = {
    "id": "a",
    "group_id": "g",
    "question": QUESTION,
    "question_type": "seed_question",
    "solution": "Step 1: Two boxes hold 14 pens.\nThat is 2 * 7.\n\nStep 2: Half of it is 6.\nThe answer is 6.",
}


def test_mathcheck_names_a_step_by_its_number(tmp_path: Path) -> None:
    (item,) = load(MathCheck(), tmp_path, {**MATHCHECK, "answer": "Step 2"})
    assert texts(item) == ["Two boxes hold 14 pens.\nThat is 2 * 7.", "Half of it is 6.", "The answer is 6."]
    assert (first_errors(item), item.labels[0].right) == ([1], None)
    assert (item.traces[0].answer, item.kind, item.group) == ("6", "seed_question", "g")


@pytest.mark.parametrize(("answer", "right"), [("Correct", True), ("Incorrect", False)])
def test_mathcheck_judges_a_whole_solution(tmp_path: Path, answer: str, right: bool) -> None:
    (item,) = load(MathCheck(), tmp_path, {**MATHCHECK, "answer": answer})
    assert (first_errors(item), item.labels[0].right) == ([None], right)


def test_mathcheck_steps_whose_first_has_no_number(tmp_path: Path) -> None:
    solution = "First, 2 * 7 = 14.\n\nStep 2: Half of it is 6.\nStep 3: So it is 6."
    for answer, expected in (("Step 1", 0), ("Step 3", 2)):
        (item,) = load(MathCheck(), tmp_path, {**MATHCHECK, "solution": solution, "answer": answer})
        assert (len(texts(item)), first_errors(item)) == (3, [expected])


def test_mathcheck_solutions_that_go_on_behind_an_answer(tmp_path: Path) -> None:
    solution = "Step 1: 2 * 7 = 14.\nThe answer is 14.\nStep 2: Half of it is 6.\nThe answer is 6."
    (item,) = load(MathCheck(), tmp_path, {**MATHCHECK, "solution": solution, "answer": "Step 2"})
    assert texts(item) == ["2 * 7 = 14.\nThe answer is 14.", "Half of it is 6.", "The answer is 6."]
    assert (first_errors(item), item.traces[0].answer) == ([1], "6")
    unfinished = solution.removesuffix("\nThe answer is 6.")
    (item,) = load(MathCheck(), tmp_path, {**MATHCHECK, "solution": unfinished, "answer": "Step 2"})
    assert len(texts(item)) == 2


# --- errors that were put in ------------------------------------------------------------------------------------------
def test_prmbench_has_the_original_beside_the_modified_chain(tmp_path: Path) -> None:
    row = {
        "idx": "circular_1",
        "question": QUESTION,
        "classification": "circular",
        "original_process": ["1. 2 * 7 = 14", "2. 14 / 2 = 7"],
        "modified_process": ["1. 2 * 7 = 14", "2. 14 / 2 = 6", "3. 6 = 7"],
        "error_steps": [3, 2],
    }
    (item,) = load(PRMBench(), tmp_path, row)
    assert (texts(item), texts(item, 1)) == (["2 * 7 = 14", "14 / 2 = 6", "6 = 7"], ["2 * 7 = 14", "14 / 2 = 7"])
    assert (first_errors(item), item.kind, item.problem.id) == ([1, "none"], "circular", "circular_1")


def test_a_number_that_is_not_the_steps_own_stays(tmp_path: Path) -> None:
    steps = ["1. 2 * 7 = 14", "14. is even", "2. 5 is odd"]
    row = {"id": "a", "question": QUESTION, "modified_process": steps, "error_steps": [2]}
    (item,) = load(PRMBench(), tmp_path, row)
    assert texts(item) == ["2 * 7 = 14", *steps[1:]]


@pytest.mark.parametrize(
    ("slip", "changed", "expected"),
    [
        ("random number", ["a = 1", "b = 3", "c = 3"], 1),
        ("remove step", ["a = 1", "c = 3"], 1),
        ("swap steps", ["c = 3", "b = 2", "a = 1"], 0),
        ("repeat step", ["a = 1", "a = 1", "b = 2", "c = 3"], "none"),
    ],
)
def test_perturbed_solutions_depart_from_their_reference(
    tmp_path: Path, slip: str, changed: list[str], expected: FirstError
) -> None:
    reference = ["a = 1", "b = 2", "c = 3"]
    row = {"id": "a", "question": QUESTION, "reference_steps": reference, "hypothesis_steps": changed}
    (item,) = load(PerturbedMath(), tmp_path, {**row, "error_type": slip})
    assert (first_errors(item), item.kind) == ([expected, "none"], slip)
    assert (texts(item), texts(item, 1)) == (changed, reference)


# --- BIG-Bench Mistake ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("target", "answer", "kind", "gold", "given"),
    [
        ("-7", "0", "number", "-7", "0"),
        ("(B)", "(A)", "choice", "B", "(A)"),
        ("ant bee", "bee ant", "free", "ant bee", "bee ant"),
        ("} )", "", "free", "} )", None),
        ("(B)", None, "choice", "B", None),
    ],
)
def test_bigbench_mistake_tasks(
    tmp_path: Path, target: str, answer: str | None, kind: str, gold: str, given: str | None
) -> None:
    row = {"id": "a", "input": "((1 - 8)) =", "steps": ["1 - 8 = 7", "Done."], "target": target, "answer": answer}
    wrong, right = load(
        BigBenchMistake(), tmp_path, {**row, "mistake_index": 0}, {**row, "id": "b", "mistake_index": None}
    )
    assert (first_errors(wrong), first_errors(right)) == ([0], ["none"])
    assert (wrong.problem.answer_kind, wrong.problem.gold, wrong.traces[0].answer) == (kind, gold, given)


# --- malformed rows ---------------------------------------------------------------------------------------------------
PB = {"problem": QUESTION, "steps": STEPS, "label": 0}


@pytest.mark.parametrize(
    ("make", "row", "field", "message"),
    [
        (ProcessBench, {**PB, "label": 3}, "label", "is 3, but the chain has steps 0 to 2"),
        (ProcessBench, {**PB, "label": True}, "label", "should be the number of a step"),
        (ProcessBench, {**PB, "label": "second"}, "label", "should be the number of a step, not 'second'"),
        (ProcessBench, {**PB, "label": 1.5}, "label", "should be the number of a step"),
        (ProcessBench, {**PB, "steps": []}, "steps", "should be a list of steps"),
        (ProcessBench, {**PB, "steps": "one"}, "steps", "should be a list of steps"),
        (ProcessBench, {**PB, "steps": [["a", 1]]}, "steps[0]", "should be a string"),
        (ProcessBench, {**PB, "final_answer_correct": "maybe"}, "final_answer_correct", "should be true or false"),
        (MRGSM8K, {**MR, "model_output_solution_first_error_step": 0}, "model_output_solution_first_error_step",
         "is 0, but the chain has steps 1 to 3"),
        (MRGSM8K, {**MR, "model_output_answer_correctness": "so-so"}, "model_output_answer_correctness", "not 'so-so'"),
        (MRBen, {**MRBEN, "Ground_Truth_Answer": "D"}, "Options", "holds no option D"),
        (MathCheck, {**MATHCHECK, "answer": "Step 7"}, "answer", "the solution has no such step"),
        (MathCheck, {**MATHCHECK, "answer": "Step 0"}, "answer", "the solution has no such step"),
        (MathCheck, {**MATHCHECK, "answer": "Perhaps"}, "answer", "not 'Perhaps'"),
        (PRMBench, {"question": "Q?", "modified_process": ["a"], "error_steps": [2]}, "error_steps", "is 2, but"),
        (PRMBench, {"question": "Q?", "modified_process": ["a"], "error_steps": "1"}, "error_steps", "a list of the"),
        (PerturbedMath, {"question": "Q?", "hypothesis_steps": ["a"], "reference_steps": ["a"], "error_type": "x"},
         "hypothesis_steps", "differs in no step"),
        (BigBenchMistake, {"input": "Q?", "steps": ["a"], "target": "1", "answer": 5}, "answer", "should be a string"),
    ],
)  # fmt: skip
def test_malformed_rows_are_named(
    tmp_path: Path, make: Callable[[], RowDataSet], row: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(TraceError) as caught:
        load(make(), tmp_path, {"id": "a", **row})
    assert (caught.value.line, caught.value.field) == (1, field)
    assert message in str(caught.value)


# --- the files --------------------------------------------------------------------------------------------------------
#: File, data set, rows, traces with a wrong step, without one, labelled as a whole alone or not at all.
FILES = [
    ("processbench_gsm8k", ProcessBench, 286, 146, 140, 0),
    ("processbench_math", ProcessBench, 681, 401, 280, 0),
    ("processbench_olympiadbench", ProcessBench, 204, 129, 75, 0),
    ("processbench_omnimath", ProcessBench, 215, 160, 55, 0),
    ("mr_gsm8k_wrong_only", MRGSM8K, 406, 406, 0, 0),
    ("mr_ben_math", MRBen, 660, 549, 111, 0),
    ("mr_math_invalid", MRMATH, 107, 57, 50, 0),
    ("mr_math_redundant", MRMATH, 187, 0, 0, 187),
    ("mathcheck_gsm_judging", MathCheck, 1068, 356, 0, 712),
    ("math_perturbed_steps", PerturbedMath, 467, 387, 547, 0),
    ("bigbench_mistake_dyck_languages", BigBenchMistake, 346, 226, 120, 0),
    ("bigbench_mistake_logical_deduction", BigBenchMistake, 204, 199, 5, 0),
    ("bigbench_mistake_multistep_arithmetic", BigBenchMistake, 196, 154, 42, 0),
    ("bigbench_mistake_tracking_shuffled_objects", BigBenchMistake, 203, 177, 26, 0),
    ("bigbench_mistake_word_sorting", BigBenchMistake, 213, 190, 23, 0),
]


def labels(items: list[Item]) -> tuple[int, int, int]:
    found = Counter(error if error in ("none", None) else "wrong" for item in items for error in first_errors(item))
    return found["wrong"], found["none"], found[None]


@pytest.mark.data
@pytest.mark.parametrize(("name", "make", "rows", "wrong", "right", "unknown"), FILES)
def test_every_row_of_every_file_is_read(
    data_dir: Path, name: str, make: Callable[[], RowDataSet], rows: int, wrong: int, right: int, unknown: int
) -> None:
    items = list(make().load(str(data_dir / "steps" / f"{name}.jsonl")))
    assert (len(items), labels(items)) == (rows, (wrong, right, unknown))


@pytest.mark.data
def test_one_row_of_prmbench_names_a_step_that_is_not_there(data_dir: Path) -> None:
    rows = PRMBench().load(str(data_dir / "steps" / "prmbench_prm800k_test.jsonl"))
    items, errors = [], []
    while True:
        try:
            items.append(next(rows))
        except TraceError as error:
            errors.append(error)
        except StopIteration:
            break
    assert (len(items), labels(items)) == (1005, (1005, 1005, 0))
    assert [error.line for error in errors] == [158]
    assert len({item.kind for item in items}) == 8
