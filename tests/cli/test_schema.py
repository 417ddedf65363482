"""``verisearch schema`` and the schemas it prints."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner

from verisearch.cli import verisearch
from verisearch.ingest import make_problem, read_traces, trace_from_text
from verisearch.ingest.schema import SCHEMAS, schema
from verisearch.trace import Problem, Step
from verisearch.usage import Usage
from verisearch.verdict import (
    AnswerVerdict,
    ClaimVerdict,
    CounterModel,
    Outcome,
    Premise,
    RefusedPremise,
    Status,
    TraceStatus,
    TraceVerdict,
    TruthValue,
    UnreadSentence,
    Verdict,
)


def printed(name: str) -> Any:
    result = CliRunner().invoke(verisearch, ["schema", name])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def validator(name: str) -> jsonschema.Draft202012Validator:
    found = printed(name)
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_command_prints_the_schema(name: Any) -> None:
    assert printed(name) == json.loads(json.dumps(schema(name)))


def test_an_unknown_schema_is_refused() -> None:
    result = CliRunner().invoke(verisearch, ["schema", "proof"])
    assert result.exit_code == 2
    assert "'trace', 'verdict'" in result.output


RECORDS: list[dict[str, Any]] = [
    {"steps": "Bob is kind."},
    {"raw": "Bob is kind."},
    {"id": 3, "context": ["Bob is kind.", {"text": "x", "span": [0, 1]}], "steps": ["a", {"text": "b", "label": "2"}]},
    {"problem": {"context": "Bob is kind.", "options": {"A": "True"}}, "steps": [], "answer": True, "gold": 4.5},
    {
        "messages": [
            {"role": "user", "content": None},
            {"role": "assistant", "content": [{"type": "text", "text": "Hm."}]},
        ]
    },
]


@pytest.mark.parametrize("record", RECORDS)
def test_records_that_are_read_are_valid(record: dict[str, Any]) -> None:
    list(read_traces(json.dumps(record), format="json"))
    validator("trace").validate(record)


@pytest.mark.parametrize(
    "record", [{"steps": [4]}, {"steps": {}}, {"messages": [{}]}, {"context": [1]}, {"answer": []}]
)
def test_records_that_are_refused_are_invalid(record: dict[str, Any]) -> None:
    assert not validator("trace").is_valid(record)
    errors: list[Exception] = []
    list(read_traces(json.dumps(record), format="json", on_error=errors.append))
    assert errors


def test_a_written_trace_is_valid_input() -> None:
    problem = make_problem("Bob is kind.", "Is it true that Bob is kind?", id="x", gold="True")
    trace = trace_from_text("1. Bob is kind.\n\nThe answer is A) True.", problem)
    validator("trace").validate(json.loads(msgspec.json.encode(trace)))


def test_a_written_verdict_is_valid() -> None:
    claim = ClaimVerdict(
        text="Bob is nice.",
        span=(0, 12),
        status=Status.UNGROUNDED,
        formula="nice(bob)",
        premises=(Premise("context", 0, "Bob is kind."),),
        leap=1,
        counter_model=CounterModel("Nothing says that Bob is nice.", (TruthValue("Bob is nice", False),)),
        depends_on_failed=(2,),
    )
    verdict = TraceVerdict(
        problem=make_problem("Bob is kind.", "Is it true that Bob is nice?"),
        logic="rules",
        formaliser="english",
        status=TraceStatus.INVALID,
        verified=False,
        max_leap=None,
        steps=(Verdict(step=Step("Bob is nice.", 0, (0, 12), "1"), status=Status.UNGROUNDED, claims=(claim,)),),
        answer=AnswerVerdict(given="True", proved=Outcome.UNKNOWN, claim=claim),
        context_formulas=("kind(bob)", None),
        unread=(UnreadSentence(1, "Hm.", "Hm", "no verb"),),
        usage=Usage(solver_calls=2, seconds=0.5),
    )
    written = json.loads(msgspec.json.encode(verdict))
    validator("verdict").validate(written)
    assert not validator("verdict").is_valid({**written, "status": "perhaps"})


def test_the_schema_covers_what_a_language_model_formalised() -> None:
    claim = ClaimVerdict(
        text="Bob is nice.",
        span=(0, 12),
        status=Status.ENTAILED,
        formula="nice(bob)",
        premises=(Premise("commonsense", 0, "People are nice."), Premise("question", 0, "Bob is a person.")),
        read_as="Bob is nice",
        refused=(RefusedPremise("context", "Bob is kind.", "these words don't stand in the source"),),
    )
    verdict = TraceVerdict(
        problem=make_problem("Bob is kind. Bob is tall.", "Bob is a person. Is Bob nice?"),
        logic="classical",
        formaliser="llm",
        status=TraceStatus.VALID,
        verified=False,
        max_leap=None,
        steps=(Verdict(step=Step("Bob is nice.", 0, (0, 12)), status=Status.ENTAILED, claims=(claim,)),),
        context_formulas=("kind(bob)", None),
        quoted=(0,),
        model="some-model",
        prompts={"formalise": "0" * 64},
        usage=Usage(formaliser_calls=3, formaliser_tokens=30, recorded_calls=1),
    )
    written = json.loads(msgspec.json.encode(verdict))
    check = validator("verdict")
    check.validate(written)
    assert msgspec.json.decode(json.dumps(written), type=TraceVerdict) == verdict
    for place, wrong in (("refused", [{"source": "rumour", "text": "x", "reason": "y"}]), ("read_as", 4)):
        assert not check.is_valid(changed(written, place, wrong)), place
    for name, wrong in (("quoted", ["one"]), ("model", 3), ("prompts", {"formalise": 3})):
        assert not check.is_valid({**written, name: wrong}), name
    properties = check.schema["$defs"]["TraceVerdict"]["properties"]
    assert set(written) <= set(properties)


def changed(written: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """A verdict with another value in its only claim."""
    made: dict[str, Any] = json.loads(json.dumps(written))
    made["steps"][0]["claims"][0][name] = value
    return made


def test_an_empty_verdict_is_valid() -> None:
    verdict = TraceVerdict(
        problem=Problem(),
        logic="classical",
        formaliser="english",
        status=TraceStatus.UNVERIFIED,
        verified=False,
        max_leap=1,
        steps=(),
    )
    validator("verdict").validate(json.loads(msgspec.json.encode(verdict)))
