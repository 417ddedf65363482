"""Loaders of data sets in ordinary English: law, medicine, elementary science, paraphrased theories."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from worlds import write_lines

from verisearch import cli, plugins
from verisearch.cli.eval_command import make_data_set
from verisearch.errors import TraceError
from verisearch.evaluation.datasets import EntailmentBank, Folio, LegalBench, ProofWriter, PubMedQA, RowDataSet, Sara
from verisearch.protocols import DataSet, Item


def load(data_set: RowDataSet, folder: Path, *objects: dict[str, Any]) -> list[Item]:
    return list(data_set.load(str(write_lines(folder / "data.jsonl", list(objects)))))


def texts(item: Item) -> list[str]:
    return [sentence.text for sentence in item.problem.context]


def error_of(data_set: RowDataSet, folder: Path, row: dict[str, Any]) -> TraceError:
    with pytest.raises(TraceError) as caught:
        load(data_set, folder, row)
    return caught.value


def test_the_data_sets_are_found_by_name() -> None:
    kinds = {"sara": Sara, "legalbench": LegalBench, "pubmedqa": PubMedQA, "entailmentbank": EntailmentBank}
    for name, kind in kinds.items():
        assert plugins.load("datasets", name) is kind
        made: DataSet = kind()
        assert (made.name, kind.logic) == (name, "classical")


# --- SARA -----------------------------------------------------------------------------------------------------------
STATUTES = [
    {"id": "section9", "text": "§9. Dog tax\n\n(a) Rate\n\nEvery owner pays-\n\n(1) $5.50 a dog, and\n\n(2) $1 a cat."},
    {"id": "section10", "text": "§10. Owners\n\nAn owner is a person who keeps a pet under section 9(a)(1)."},
]
CASE = {
    "id": "s9_a_neg",
    "text": "Zoe keeps two dogs. She keeps no cat.",
    "hypothesis": "Zoe pays $12 under section 9(a).",
    "label": "Contradiction",
}
TAX = {"id": "tax_1", "text": "Zoe keeps two dogs.", "question": "How much does Zoe pay?", "answer": 11.0}


def with_statutes(folder: Path) -> Path:
    write_lines(folder / "sara_statutes.jsonl", STATUTES)
    return folder


def test_sara_cases_stand_under_all_statutes(tmp_path: Path) -> None:
    case, tax = load(Sara(), with_statutes(tmp_path), CASE, TAX)
    assert [" ".join(text.split()) for text in texts(case)] == [
        "§9. Dog tax",
        "(a) Rate",
        "Every owner pays- (1) $5.50 a dog, and (2) $1 a cat.",
        "§10. Owners",
        "An owner is a person who keeps a pet under section 9(a)(1).",
        "Zoe keeps two dogs.",
        "She keeps no cat.",
    ]
    joined = "\n\n".join([*(each["text"] for each in STATUTES), str(CASE["text"])])
    assert all(joined[slice(*each.span)] == each.text for each in case.problem.context)
    assert (case.problem.statement, case.problem.gold, case.group) == (CASE["hypothesis"], "False", "s9_a")
    assert (case.problem.answer_kind, case.problem.question) == ("true-false-unknown", None)
    assert (tax.problem.answer_kind, tax.problem.question, tax.problem.statement, tax.problem.gold) == (
        "number",
        TAX["question"],
        None,
        "11",
    )


def test_sara_statutes_may_stand_elsewhere(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "law.jsonl", STATUTES)
    (item,) = load(Sara(statutes=str(path)), tmp_path, {**CASE, "label": "Entailment"})
    assert (len(item.problem.context), item.problem.gold) == (7, "True")


def test_sara_without_its_statutes_is_an_error_at_once(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "cases.jsonl", [CASE])
    with pytest.raises(
        TraceError, match=r"sara_statutes\.jsonl isn't there; name their file, as in sara:statutes=FILE"
    ):
        Sara().load(str(path))
    with pytest.raises(TraceError, match="the cases need the statutes: name their file"):
        Sara().load("hf:some/one")
    with pytest.raises(FileNotFoundError):
        Sara(statutes=str(tmp_path / "none.jsonl")).load(str(path))
    empty = write_lines(tmp_path / "empty.jsonl", [])
    with pytest.raises(TraceError, match="holds no statute"):
        Sara(statutes=str(empty)).load(str(path))
    bad = write_lines(tmp_path / "bad.jsonl", [{"id": "section9", "text": 5}])
    with pytest.raises(TraceError, match=r"bad\.jsonl:1: text: should be a string"):
        Sara(statutes=str(bad)).load(str(path))


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ({**CASE, "label": "Perhaps"}, "label", "should be Entailment or Contradiction"),
        ({**CASE, "hypothesis": None}, None, "no field 'hypothesis'"),
        ({**CASE, "text": ""}, "text", "is empty"),
        ({**TAX, "answer": "much"}, "answer", "should be a number, not 'much'"),
        ({**TAX, "answer": True}, "answer", "not true or false"),
        ({**TAX, "answer": None}, None, "no field 'answer'"),
    ],
)
def test_malformed_cases_are_named(tmp_path: Path, row: dict[str, Any], field: str | None, message: str) -> None:
    found = error_of(Sara(), with_statutes(tmp_path), row)
    assert (found.line, found.field) == (1, field)
    assert message in str(found)


# --- LegalBench -----------------------------------------------------------------------------------------------------
def test_legalbench_tasks_have_a_question_and_a_statement(tmp_path: Path) -> None:
    (item,) = load(
        LegalBench(),
        tmp_path,
        {"id": "h", "task": "hearsay", "text": "On whether Bob came, the fact that he said so.", "answer": "Yes"},
    )
    assert (item.problem.question, item.problem.statement) == ("Is the evidence hearsay?", "The evidence is hearsay.")
    assert (item.problem.gold, item.problem.answer_kind) == ("True", "true-false-unknown")


@pytest.mark.parametrize(
    ("row", "gold", "kind"),
    [
        ({"task": "abercrombie", "text": "The mark Wug for dogs.", "answer": "fanciful"}, "fanciful", "free"),
        ({"task": "insurance_policy_interpretation", "policy": "P.", "claim": "C.", "answer": "B"}, "B", "choice"),
        ({"task": "sara_numeric", "text": "T.", "question": "How much?", "answer": "$1,500"}, "1500", "number"),
        ({"task": "diversity_3", "text": "Al sues Bo.", "answer": "No"}, "False", "true-false-unknown"),
        ({"task": "something_new", "text": "Al sues Bo.", "answer": "no"}, "False", "true-false-unknown"),
        ({"id": "hearsay-test-7", "text": "Al said so.", "answer": "Yes"}, "True", "true-false-unknown"),
    ],
)  # fmt: skip
def test_legalbench_answers(tmp_path: Path, row: dict[str, Any], gold: str, kind: str) -> None:
    (item,) = load(LegalBench(), tmp_path, row)
    assert (item.problem.gold, item.problem.answer_kind) == (gold, kind)
    assert (item.problem.statement is None) == (kind != "true-false-unknown" or row.get("task") == "something_new")


def test_legalbench_questions_are_no_premises(tmp_path: Path) -> None:
    contract, rule, ethics = load(
        LegalBench(),
        tmp_path,
        {"task": "ucc_v_common_law", "contract": "Al sells Bo a dog. Does the UCC govern it?", "answer": "UCC"},
        {"task": "other", "text": "Al sold a dog. Is this a sale?", "answer": "Yes"},
        {"task": "nys_judicial_ethics", "question": "May a judge own a dog?", "answer": "Yes"},
    )
    assert (texts(contract), contract.problem.question) == (
        ["Al sells Bo a dog."],
        "Is this contract governed by the UCC or the common law?",
    )
    assert (texts(rule), rule.problem.question) == (["Al sold a dog."], "Is this a sale?")
    assert (texts(ethics), ethics.problem.question) == ([], "May a judge own a dog?")


def test_legalbench_puts_a_case_together(tmp_path: Path) -> None:
    row = {
        "task": "sara_entailment",
        "statute": "§9. Dog tax <br>  <br> Owners pay $5.",
        "description": "Zoe is an owner.",
        "question": "Zoe pays $5.",
        "text": "all of it again",
        "answer": "Entailment",
    }
    (item,) = load(LegalBench(), tmp_path, row)
    assert texts(item) == ["§9. Dog tax", "Owners pay $5.", "Zoe is an owner."]
    assert (item.problem.statement, item.problem.question, item.problem.gold) == ("Zoe pays $5.", None, "True")


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ({"text": "A.", "answer": "Yes"}, "task", "is missing"),
        ({"task": "hearsay", "answer": "Yes"}, None, "no field 'statute' or"),
        ({"task": "hearsay", "text": "A."}, None, "no field 'answer'"),
        ({"task": "hearsay", "text": ["A."], "answer": "Yes"}, "text", "not a list"),
        ({"task": "sara_numeric", "text": "A.", "answer": "$x"}, "answer", "should be a number"),
    ],
)
def test_malformed_tasks_are_named(tmp_path: Path, row: dict[str, Any], field: str | None, message: str) -> None:
    found = error_of(LegalBench(), tmp_path, row)
    assert (found.line, found.field) == (1, field)
    assert message in str(found)


# --- PubMedQA -------------------------------------------------------------------------------------------------------
def test_pubmedqa_flat_and_as_published(tmp_path: Path) -> None:
    paragraphs = ["Dogs were seen (n = 3.5 a day). They bark.", "Cats (P<0.05) did not."]
    flat = {"id": "1", "question": "Do dogs bark?", "contexts": paragraphs, "label": "maybe"}
    (item,) = load(PubMedQA(), tmp_path, flat)
    assert texts(item) == ["Dogs were seen (n = 3.5 a day).", "They bark.", "Cats (P<0.05) did not."]
    assert all("\n\n".join(paragraphs)[slice(*each.span)] == each.text for each in item.problem.context)
    assert (item.problem.gold, item.problem.statement, item.problem.question) == ("Unknown", None, "Do dogs bark?")
    published = tmp_path / "ori.json"
    body = {"QUESTION": "Is Rex kind?", "CONTEXTS": paragraphs, "final_decision": "yes", "YEAR": "2001"}
    published.write_text(json.dumps({"77": body, "78": {**body, "final_decision": "no"}}))
    first, second = PubMedQA().load(str(published))
    assert [(each.problem.id, each.problem.gold) for each in (first, second)] == [("77", "True"), ("78", "False")]
    assert first.problem.statement == "Rex is kind."


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"label": "perhaps"}, "label", "should be yes, no or maybe"),
        ({"label": None}, None, "no field 'label' or 'final_decision'"),
        ({"contexts": []}, "contexts", "holds no sentence"),
        ({"contexts": ["A.", 5]}, "contexts[1]", "not a number"),
        ({"question": 3}, "question", "not a number"),
    ],
)
def test_malformed_abstracts_are_named(tmp_path: Path, change: dict[str, Any], field: str | None, message: str) -> None:
    row = {"id": "1", "question": "Do dogs bark?", "contexts": ["They bark."], "label": "yes", **change}
    found = error_of(PubMedQA(), tmp_path, row)
    assert (found.line, found.field) == (1, field)
    assert message in str(found)


# --- EntailmentBank -------------------------------------------------------------------------------------------------
TREE = {
    "id": "e1",
    "context": "sent1: a wug is a kind of dax sent2: a dax can fly sent3: rocks are hard sent4: rex is a wug",
    "question": "What can rex do?",
    "hypothesis": "rex can fly",
    "proof": "sent1 & sent2 -> int1: a wug can fly; int1 & sent4 -> hypothesis; ",
    "depth_of_proof": 2,
}


def test_entailmentbank_proofs_become_traces(tmp_path: Path) -> None:
    (item,) = load(EntailmentBank(), tmp_path, TREE)
    assert texts(item) == ["a wug is a kind of dax", "a dax can fly", "rocks are hard", "rex is a wug"]
    assert all(str(TREE["context"])[slice(*each.span)] == each.text for each in item.problem.context)
    assert (item.problem.statement, item.problem.gold, item.depth) == ("rex can fly", "True", 2)
    (trace,) = item.traces
    assert ([step.text for step in trace.steps], trace.answer) == (["a wug can fly", "rex can fly"], "True")


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"context": "a wug is a dax"}, "context", "should be facts behind their names"),
        ({"context": "so sent1: a wug is a dax"}, "context", "should be facts behind their names"),
        ({"context": "sent1: a sent1: b"}, "context", "sent1 is there twice"),
        ({"context": "sent1: sent2: b"}, "context", "sent1 says nothing"),
        ({"proof": "sent1 & sent9 -> hypothesis; "}, "proof", "link 1 rests on sent9"),
        ({"proof": "sent1, sent2 => hypothesis"}, "proof", "link 1 should be"),
        ({"hypothesis": None}, None, "no field 'hypothesis'"),
    ],
)
def test_malformed_trees_are_named(tmp_path: Path, change: dict[str, Any], field: str | None, message: str) -> None:
    found = error_of(EntailmentBank(), tmp_path, {**TREE, **change})
    assert (found.line, found.field) == (1, field)
    assert message in str(found)


# --- one kind of theory ---------------------------------------------------------------------------------------------
def theories() -> list[dict[str, Any]]:
    row = {"context": "Ada is tall.", "statement": "Ada is tall.", "label": "True"}
    return [
        {**row, "id": "AttNonegNatLang-OWA-1#1", "theory_id": "AttNonegNatLang-OWA-1"},
        {**row, "id": "AttNeg-OWA-D1-2#1", "theory_id": "AttNeg-OWA-D1-2"},
        {**row, "id": "x", "config": "RelNeg"},
    ]


def test_proofwriter_takes_one_kind_of_theory(tmp_path: Path) -> None:
    for config, wanted in (("natlang", [0]), ("RelNeg", [2]), ("attneg", [1]), (None, [0, 1, 2]), ("birds", [])):
        ids = [item.problem.id for item in load(ProofWriter(config=config), tmp_path, *theories())]
        expected = [theories()[number]["id"] for number in wanted]
        assert ids == expected, config


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of ``verisearch eval`` in this process."""
    monkeypatch.setattr(sys, "argv", ["verisearch", "eval", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_settings_stand_behind_a_data_sets_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_data_set("proofwriter:config=natlang", None)
    path = write_lines(tmp_path / "data.jsonl", theories())
    assert [item.group for item in made.load(str(path))] == ["AttNonegNatLang-OWA-1"]
    out = tmp_path / "run"
    given = ("proofwriter:config=natlang", "--data", path, "--mode", "prove", "--workers", 1, "--out", out)
    assert call(monkeypatch, *given) == 0
    assert len((out / "records.jsonl").read_text().strip().split("\n")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("proofwriter:natlang", "proofwriter takes NAME=VALUE with a name of: config"),
        ("proofwriter:config=", "proofwriter takes NAME=VALUE"),
        ("proofwriter:problems=x", "proofwriter takes NAME=VALUE"),
        ("folio:config=x", "folio takes no settings of its own"),
        ("nothing:config=x", "no dataset named 'nothing'"),
    ],
)
def test_settings_that_a_data_set_does_not_take_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    assert call(monkeypatch, text, "--data", "x.jsonl", "--mode", "prove", "--out", tmp_path / "run") == 2
    assert message in " ".join(capsys.readouterr().err.split())


# --- the real files -------------------------------------------------------------------------------------------------
def lines_of(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        pytest.skip(f"no {path.name} in {path.parent}")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


@pytest.mark.data
@pytest.mark.parametrize(
    ("data_set", "name", "traces"),
    [
        (Sara(), "legal/sara_cases", 0),
        (LegalBench(), "legal/legalbench_train", 0),
        (LegalBench(), "legal/legalbench_hearsay_test", 0),
        (PubMedQA(), "bio/pubmedqa_labeled", 0),
        (EntailmentBank(), "steps/entailmentbank_task1_dev", 1),
        (EntailmentBank(), "steps/entailmentbank_task1_test", 1),
        (EntailmentBank(), "steps/entailmentbank_task2_dev", 1),
        (EntailmentBank(), "steps/entailmentbank_task2_test", 1),
    ],
)
def test_every_row_of_the_shared_files_is_read(data_dir: Path, data_set: RowDataSet, name: str, traces: int) -> None:
    path = data_dir / f"{name}.jsonl"
    lines = lines_of(path)
    items = list(data_set.load(str(path)))
    assert [item.problem.id for item in items] == [line["id"] for line in lines]
    assert all(len(item.traces) == traces for item in items)
    for item, line in zip(items, lines, strict=True):
        assert item.problem.gold
        assert item.problem.statement or item.problem.question
        assert item.problem.context or "text" not in line
        ends = [edge for sentence in item.problem.context for edge in sentence.span]
        assert ends == sorted(ends)


@pytest.mark.data
def test_the_gold_answers_of_sara_are_those_of_the_file(data_dir: Path) -> None:
    path = data_dir / "legal" / "sara_cases.jsonl"
    for item, line in zip(Sara().load(str(path)), lines_of(path), strict=True):
        if line["kind"] == "numeric":
            assert float(item.problem.gold or "") == line["answer"]
        else:
            assert item.problem.gold == {"Entailment": "True", "Contradiction": "False"}[line["label"]]
        assert texts(item)[-1] in line["text"]


@pytest.mark.data
def test_no_part_of_a_statute_is_a_premise_of_its_own(data_dir: Path) -> None:
    item = next(Sara().load(str(lines_path(data_dir, "legal/sara_cases"))))
    assert not any(text[0].islower() for text in texts(item))
    assert sum("such individual shall not be considered as married." in text for text in texts(item)) == 1
    assert "the standard deduction shall be zero." not in texts(item)
    assert "§1. Tax imposed" in texts(item)


def lines_path(data_dir: Path, name: str) -> Path:
    path = data_dir / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path.name} in {path.parent}")
    return path


@pytest.mark.data
def test_the_paraphrased_theories_can_be_taken_alone(data_dir: Path) -> None:
    path = lines_path(data_dir, "logic/proofwriter_owa_mixed_qdep")
    wanted = [line["id"] for line in lines_of(path) if "NatLang" in line["theory_id"]]
    assert wanted
    assert [item.problem.id for item in ProofWriter(config="natlang").load(str(path))] == wanted


@pytest.mark.data
def test_recorded_chains_about_folio_are_joined_with_their_problems(data_dir: Path) -> None:
    path, problems = lines_path(data_dir, "logic/folio_llm_cot"), lines_path(data_dir, "logic/folio_v0_validation")
    lines = lines_of(path)
    known = {line["id"]: line for line in lines_of(problems)}
    items = list(Folio(str(problems)).load(str(path)))
    assert [item.problem.id for item in items] == [line["id"] for line in lines]
    letters = {"A": "True", "B": "False", "C": "Unknown"}
    agreeing = 0
    for item, line in zip(items, lines, strict=True):
        problem = known[line["problem_id"]]
        assert item.problem.statement == problem["conclusion"].strip()
        assert len(item.problem.context) == len(problem["premises"])
        assert item.problem.gold == letters[line["gold_answer"]]
        assert item.group
        (trace,) = item.traces
        assert trace.steps
        agreeing += trace.answer == letters.get(line["extracted_answer"])
    assert agreeing > 0.95 * len(items)
