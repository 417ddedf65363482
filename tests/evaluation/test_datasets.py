"""Loaders: every format in use, and clear errors for rows that are malformed."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from worlds import rows, write_lines

from verisearch import plugins
from verisearch.errors import MissingExtraError, TraceError
from verisearch.evaluation.datasets import Folio, Pararule, ProntoQA, ProofWriter, RowDataSet
from verisearch.protocols import DataSet, Item

CONTEXT = "Ada is tall. If someone is tall then they are calm."
SENTENCES = ["Ada is tall.", "If someone is tall then they are calm."]


def load(data_set: RowDataSet, path: Path, *objects: dict[str, Any]) -> list[Item]:
    return list(data_set.load(str(write_lines(path / "data.jsonl", list(objects)))))


def texts(item: Item) -> list[str]:
    return [sentence.text for sentence in item.problem.context]


def test_the_data_sets_are_found_by_name() -> None:
    for name, kind in (("proofwriter", ProofWriter), ("prontoqa", ProntoQA), ("folio", Folio), ("pararule", Pararule)):
        assert plugins.load("datasets", name) is kind
        made: DataSet = kind()
        assert made.name == name


# --- ProofWriter ----------------------------------------------------------------------------------------------------
def test_proofwriter_as_logic_lm_writes_it(tmp_path: Path) -> None:
    first, second, third = load(ProofWriter(), tmp_path, *rows(3))
    assert [item.problem.gold for item in (first, second, third)] == ["True", "False", "Unknown"]
    assert len(first.problem.context) == 3
    assert first.problem.statement == rows(1)[0]["question"].split("? ")[1]
    assert first.problem.id == "world-0"


def test_gold_reasons_become_traces_except_of_unknown_rows(tmp_path: Path) -> None:
    first, second, third = load(ProofWriter(), tmp_path, *rows(3))
    (trace,) = first.traces
    assert trace.answer == "True"
    assert len(trace.steps) == 4
    assert trace.steps[2].text.startswith("So ")
    assert all(trace.raw[slice(*step.span)] == step.text for step in trace.steps)
    assert second.traces[0].answer == "False"
    assert third.traces == ()


def test_proofwriter_with_a_context_list_and_a_label(tmp_path: Path) -> None:
    (item,) = load(
        ProofWriter(), tmp_path, {"id": "x", "context": SENTENCES, "statement": "Ada is calm.", "label": "True"}
    )
    assert texts(item) == SENTENCES
    joined = "\n".join(SENTENCES)
    assert all(joined[slice(*sentence.span)] == sentence.text for sentence in item.problem.context)


def test_proofwriter_with_recorded_conclusions(tmp_path: Path) -> None:
    row = {"id": "x", "context": CONTEXT, "statement": "Ada is not calm.", "label": "False"}
    (item,) = load(ProofWriter(), tmp_path, {**row, "chain_of_thought": ["Ada is tall.", "Ada is calm."]})
    (trace,) = item.traces
    assert [step.text for step in trace.steps] == ["Ada is tall.", "Ada is calm."]
    assert trace.answer == "False"


def test_proofwriter_as_published(tmp_path: Path) -> None:
    questions = {
        "Q1": {"question": "Ada is calm.", "answer": True, "QDep": 1},
        "Q2": {"question": "Ada is not tall.", "answer": False, "QDep": 0},
        "Q3": {"question": "Ada is loud.", "answer": "Unknown", "QDep": 0},
    }
    items = load(ProofWriter(), tmp_path, {"id": "T-1", "theory": CONTEXT, "questions": questions})
    assert [item.problem.id for item in items] == ["T-1_Q1", "T-1_Q2", "T-1_Q3"]
    assert [item.problem.gold for item in items] == ["True", "False", "Unknown"]
    assert [item.problem.statement for item in items] == ["Ada is calm.", "Ada is not tall.", "Ada is loud."]
    assert {item.group for item in items} == {"T-1"}
    assert texts(items[0]) == SENTENCES


def test_proofwriter_with_one_question_a_row_and_repeated_ids(tmp_path: Path) -> None:
    row = {"id": "T-1", "theory": CONTEXT, "config": "depth-1"}
    items = load(
        ProofWriter(),
        tmp_path,
        {**row, "question": "Ada is calm.", "answer": "True"},
        {**row, "question": "Ada is loud.", "answer": "Unknown"},
    )
    assert [item.group for item in items] == ["T-1", "T-1"]
    assert len({item.problem.id for item in items}) == 2


def test_one_malformed_question_does_not_cost_the_others_of_its_theory(tmp_path: Path) -> None:
    questions = {"Q1": {"question": "Ada is calm.", "answer": True}, "Q2": {"question": "Ada is calm."}}
    path = write_lines(tmp_path / "meta.jsonl", [{"id": "T", "theory": CONTEXT, "questions": questions}])
    items = ProofWriter().load(str(path))
    assert next(items).problem.id == "T_Q1"
    with pytest.raises(TraceError, match=r"meta\.jsonl:1: questions\.Q2: the row has no field 'label' or 'answer'"):
        next(items)


def test_model_chains_are_joined_with_their_problems(tmp_path: Path) -> None:
    problems = write_lines(tmp_path / "problems.jsonl", rows(3))
    chain = {
        "id": "world-1@model",
        "problem_id": "world-1",
        "cot": "1. Ada is tall.\n2. So Ada is calm.\n\nThe correct option is: B) False",
    }
    (item,) = load(ProofWriter(str(problems)), tmp_path, chain)
    assert item.problem.id == "world-1@model"
    assert item.problem.gold == "False"
    assert len(item.problem.context) == 3
    (trace,) = item.traces
    assert trace.answer == "False"
    assert [step.text for step in trace.steps][:2] == ["Ada is tall.", "So Ada is calm."]


def test_the_recorded_answer_counts_where_the_text_announces_none(tmp_path: Path) -> None:
    problems = write_lines(tmp_path / "problems.jsonl", rows(3))
    chain = {"id": "a", "problem_id": "world-1", "cot": "Ada is tall.", "extracted_answer": "C"}
    (item,) = load(ProofWriter(str(problems)), tmp_path, chain)
    assert item.traces[0].answer == "Unknown"


def test_model_chains_without_their_problems_are_an_error(tmp_path: Path) -> None:
    chain = {"id": "a", "problem_id": "world-9", "cot": "Ada is tall."}
    with pytest.raises(TraceError, match="--problems"):
        load(ProofWriter(), tmp_path, chain)
    problems = write_lines(tmp_path / "problems.jsonl", rows(3))
    with pytest.raises(TraceError, match=r"problem_id: .*holds no problem 'world-9'"):
        load(ProofWriter(str(problems)), tmp_path, chain)


# --- PrOntoQA -------------------------------------------------------------------------------------------------------
EXAMPLE = {
    "question": "Every wug is a dax. Rex is a wug.",
    "query": "True or false: Rex is not a dax.",
    "chain_of_thought": ["Rex is a wug.", "Every wug is a dax.", "Rex is a dax."],
    "answer": "False",
}


@pytest.mark.parametrize("indent", [None, 1])
def test_prontoqa_as_its_generator_writes_it(tmp_path: Path, indent: int | None) -> None:
    examples = {f"example{n}": {"in_context_example0": EXAMPLE, "test_example": EXAMPLE} for n in (1, 2)}
    path = tmp_path / "generated.json"
    path.write_text(json.dumps(examples, indent=indent))
    items = list(ProntoQA().load(str(path)))
    assert [item.problem.id for item in items] == ["example1.test_example", "example2.test_example"]
    assert texts(items[0]) == ["Every wug is a dax.", "Rex is a wug."]
    assert items[0].problem.statement == "Rex is not a dax."
    assert items[0].problem.gold == "False"
    assert [step.text for step in items[0].traces[0].steps] == EXAMPLE["chain_of_thought"]


def test_prontoqa_as_logic_lm_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    row = {
        "id": "P_1",
        "context": EXAMPLE["question"],
        "question": "Is the following statement true or false? Rex is not a dax.",
        "options": ["A) True", "B) False"],
        "answer": "B",
    }
    path.write_text(json.dumps([row]))
    (item,) = ProntoQA().load(str(path))
    assert (item.problem.statement, item.problem.gold, item.traces) == ("Rex is not a dax.", "False", ())


# --- FOLIO ----------------------------------------------------------------------------------------------------------
def test_folio_version_0_has_lists(tmp_path: Path) -> None:
    row = {
        "story_id": 7,
        "premises": ["All daxes are tall.", "Rex is a dax. "],
        "premises-FOL": ["∀x (Dax(x) → Tall(x))", "Dax(rex)"],
        "conclusion": "Rex is tall.",
        "conclusion-FOL": "Tall(rex)",
        "label": "Uncertain",
    }
    (item,) = load(Folio(), tmp_path, row)
    assert texts(item) == ["All daxes are tall.", "Rex is a dax."]
    assert item.formulas == ("∀x (Dax(x) → Tall(x))", "Dax(rex)", "Tall(rex)")
    assert (item.problem.gold, item.group, item.problem.id) == ("Unknown", "7", "line 1")


def test_folio_version_2_has_texts(tmp_path: Path) -> None:
    row = {
        "id": "f1",
        "premises": "All daxes are tall.\nRex is a dax.",
        "premises-FOL": "∀x (Dax(x) → Tall(x))\nDax(rex)",
        "conclusion": "Rex is tall.",
        "conclusion-FOL": "Tall(rex)",
        "label": "True",
    }
    (item,) = load(Folio(), tmp_path, row)
    assert len(item.problem.context) == 2
    assert len(item.formulas) == 3


def test_folio_without_a_gold_conclusion_has_no_formulas(tmp_path: Path) -> None:
    row = {"example_id": 3, "premises": ["Rex is a dax."], "premises-FOL": ["Dax(rex)"], "conclusion": "Rex is tall."}
    (item,) = load(Folio(), tmp_path, {**row, "label": "Unknown"})
    assert (item.formulas, item.problem.id) == ((), "3")


# --- PARARULE -------------------------------------------------------------------------------------------------------
def test_pararule_one_question_a_row(tmp_path: Path) -> None:
    row = {"id": "p", "theory_id": "T", "context": CONTEXT, "statement": "Ada is calm.", "label": "True"}
    (item,) = load(Pararule(), tmp_path, row)
    assert (item.problem.statement, item.problem.gold, item.group) == ("Ada is calm.", "True", "T")


def test_pararule_as_published(tmp_path: Path) -> None:
    questions = [
        {"id": "q1", "text": "Ada is calm.", "label": True, "meta": {"QDep": "1"}},
        {"text": "Ada is loud.", "label": False},
    ]
    first, second = load(Pararule(), tmp_path, {"id": "T", "context": CONTEXT, "questions": questions})
    assert (first.problem.id, first.problem.gold) == ("T.q1", "True")
    assert (second.problem.id, second.problem.gold) == ("T.2", "False")


def test_pararule_says_how_it_is_to_be_read() -> None:
    assert (Pararule.logic, Pararule.generic_nouns, Pararule.unknown_is_false) == ("closed-world", ("animal",), True)


# --- malformed input ------------------------------------------------------------------------------------------------
GOOD = {"id": "x", "context": CONTEXT, "statement": "Ada is calm.", "label": "True"}


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"label": "maybe"}, "label", "not 'maybe'"),
        ({"label": 1}, "label", "not a number"),
        ({"label": None}, None, "no field 'label' or 'answer'"),
        ({"label": "True", "answer": "B"}, "label", "is True, but the answer is False"),
        ({"answer": "D", "label": None}, "answer", "not 'D'"),
        ({"context": ""}, "context", "no sentence"),
        ({"context": 5}, "context", "not a number"),
        ({"context": ["Ada is tall.", 5]}, "context[1]", "not a number"),
        ({"context": None}, None, "no field 'context'"),
        ({"statement": ["Ada is calm."]}, "statement", "should be a string, not a list"),
        ({"statement": "  "}, "statement", "is empty"),
        ({"statement": None}, None, "no field 'question'"),
        ({"statement": None, "question": "Who is calm?"}, "question", "no statement"),
        ({"chain_of_thought": {"a": 1}}, "chain_of_thought", "not an object"),
    ],
)
def test_malformed_fields_are_named_with_file_and_line(
    tmp_path: Path, change: dict[str, Any], field: str | None, message: str
) -> None:
    path = write_lines(tmp_path / "data.jsonl", [GOOD, {**GOOD, "id": "y", **change}])
    items = ProofWriter().load(str(path))
    next(items)
    with pytest.raises(TraceError) as caught:
        next(items)
    assert (caught.value.file, caught.value.line, caught.value.field) == (str(path), 2, field)
    assert message in str(caught.value)


def outcomes(items: Iterator[Item]) -> list[str]:
    found = []
    while True:
        try:
            found.append(next(items).problem.id)
        except StopIteration:
            return found
        except TraceError as error:
            found.append(f"error in line {error.line}")


@pytest.mark.parametrize(
    "bad", [b"not json", b'{"id": "x"', b"[]", b"17", b"null", b"\xff\xfe", b"[" * 100_000, b'{"id":"\\ud800"}', b"\0"]
)
def test_one_bad_line_does_not_cost_the_others(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "data.jsonl"
    lines = [json.dumps({**GOOD, "id": name}).encode() for name in ("a", "b")]
    path.write_bytes(b"\n".join([lines[0], bad, b"", lines[1]]))
    assert outcomes(ProofWriter().load(str(path))) == ["a", "error in line 2", "b"]


def test_an_id_that_is_used_twice_is_reported_with_both_lines(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data.jsonl", [GOOD, {**GOOD, "id": "y"}, GOOD])
    items = ProofWriter().load(str(path))
    assert [next(items).problem.id, next(items).problem.id] == ["x", "y"]
    with pytest.raises(TraceError, match=r"data\.jsonl:3: id: 'x' names an earlier row too \(line 1\)"):
        next(items)


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    odd = {**GOOD, "context": "Ada is tall.\u2028Ada is calm.\x85 Ada is neat."}
    path.write_text(json.dumps(odd, ensure_ascii=False) + "\r\n" + json.dumps({**GOOD, "id": "y"}), encoding="utf-8")
    assert outcomes(ProofWriter().load(str(path))) == ["x", "y"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(GOOD), encoding="utf-8-sig")
    assert outcomes(ProofWriter().load(str(path))) == ["x"]


def test_json_lines_in_a_json_file_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps({**GOOD, "id": "y"}) + "\n")
    assert outcomes(ProofWriter().load(str(path))) == ["x", "y"]


@pytest.mark.parametrize("data", ["", "3", "[", '{\n"a": 3}', "{]", "[" * 100_000])
def test_a_document_that_holds_no_rows_is_an_error_at_once(tmp_path: Path, data: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(data)
    with pytest.raises(TraceError, match=r"data\.json: "):
        ProofWriter().load(str(path))


def test_an_entry_of_a_list_is_named_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([GOOD, 5, {**GOOD, "id": "y", "label": "?"}]))
    items = ProofWriter().load(str(path))
    next(items)
    with pytest.raises(TraceError, match=r"\[1\]: should be an object, not a number"):
        next(items)
    with pytest.raises(TraceError, match=r"\[2\]\.label: should be True, False"):
        next(items)


def test_a_missing_file_or_a_folder_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ProofWriter().load(str(tmp_path / "none.jsonl"))
    with pytest.raises(TraceError, match="is a folder"):
        ProofWriter().load(str(tmp_path))


# --- the hub --------------------------------------------------------------------------------------------------------
def hub(monkeypatch: pytest.MonkeyPatch, splits: list[str]) -> list[tuple[str, str]]:
    """A stand-in for the ``datasets`` package; gives the list of what is asked of it."""
    asked: list[tuple[str, str]] = []

    def load_dataset(name: str, split: str, streaming: bool) -> Iterator[dict[str, Any]]:
        assert streaming
        asked.append((name, split))
        return iter([GOOD, {**GOOD, "id": "y", "label": "?"}])

    def get_dataset_split_names(name: str) -> list[str]:
        if name == "no/body":
            raise FileNotFoundError("no such data set")
        return splits

    module = types.ModuleType("datasets")
    module.__dict__.update(load_dataset=load_dataset, get_dataset_split_names=get_dataset_split_names)
    monkeypatch.setitem(sys.modules, "datasets", module)
    return asked


def test_rows_come_from_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = hub(monkeypatch, ["train", "test"])
    items = ProofWriter().load("hf:some/one:test")
    assert next(items).problem.id == "x"
    with pytest.raises(TraceError, match="hf:some/one:test:2: label"):
        next(items)
    assert asked == [("some/one", "test")]


def test_a_split_must_be_named_if_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch, ["train", "test"])
    with pytest.raises(TraceError, match="has several splits; name one: hf:some/one:train, hf:some/one:test"):
        ProofWriter().load("hf:some/one")
    with pytest.raises(TraceError, match="has no split 'dev'"):
        ProofWriter().load("hf:some/one:dev")
    asked = hub(monkeypatch, ["all"])
    ProofWriter().load("hf:some/one")
    assert asked == [("some/one", "all")]


def test_what_the_hub_can_not_give_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    hub(monkeypatch, [])
    with pytest.raises(TraceError, match="no such data set"):
        ProofWriter().load("hf:no/body")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"verisearch\[hub\]"):
        ProofWriter().load("hf:some/one")


# --- the real files -------------------------------------------------------------------------------------------------
@pytest.mark.data
@pytest.mark.parametrize(
    ("data_set", "name", "traces"),
    [
        (ProofWriter(), "proofwriter_owa_d5_dev", True),
        (ProofWriter(), "proofwriter_owa_d5_binary_satlm", False),
        (ProofWriter(), "proofwriter_owa_mixed_qdep", False),
        (ProofWriter(), "proofwriter_cot_intermediates", True),
        (ProntoQA(), "prontoqa_5hop_fictional", True),
        (ProntoQA(), "prontoqa_345hop_trueontology", True),
        (Pararule(), "pararule_plus_cwa_test", False),
        (Folio(), "folio_v0_validation", False),
        (Folio(), "folio_v0_train", False),
        (Folio(), "folio_v2_validation", False),
    ],
)
def test_every_row_of_the_shared_files_is_read(data_dir: Path, data_set: RowDataSet, name: str, traces: bool) -> None:
    path = data_dir / "logic" / f"{name}.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    items = list(data_set.load(str(path)))
    assert [item.problem.id for item in items] == [line["id"] for line in lines]
    golds = {"Uncertain": "Unknown"}
    assert [item.problem.gold for item in items] == [golds.get(line["label"], line["label"]) for line in lines]
    if "statement" in lines[0]:
        assert [item.problem.statement for item in items] == [line["statement"].strip() for line in lines]
    assert any(item.traces for item in items) == traces


@pytest.mark.data
def test_the_statement_asked_for_is_found_in_the_question(data_dir: Path, tmp_path: Path) -> None:
    for data_set, name in ((ProofWriter(), "proofwriter_owa_d5_dev"), (ProntoQA(), "prontoqa_5hop_fictional")):
        path = data_dir / "logic" / f"{name}.jsonl"
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        kept = ("id", "context", "question", "options", "answer")
        stripped = [{field: line[field] for field in kept} for line in lines]
        items = list(data_set.load(str(write_lines(tmp_path / "data.jsonl", stripped))))
        assert [item.problem.statement for item in items] == [line["statement"] for line in lines]
        assert [item.problem.gold for item in items] == [line["label"] for line in lines]
