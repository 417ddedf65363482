from __future__ import annotations

import report_samples as samples
from report_builders import claim, context, earlier

from verisearch.report.labels import letter
from verisearch.report.words import (
    STATUSES,
    TRACE_STATUSES,
    Labels,
    basis,
    headline,
    remarks,
    verified_sentence,
    why,
    why_not_verified,
)
from verisearch.verdict import CounterModel, Premise, Status, TraceStatus


def test_every_status_has_words_and_marks_of_its_own() -> None:
    assert set(STATUSES) == set(Status)
    assert set(TRACE_STATUSES) == set(TraceStatus)
    assert len({words.mark for words in STATUSES.values()}) == len(Status)
    assert len({words.ascii for words in STATUSES.values()}) == len(Status)
    assert all(words.ascii.isascii() for words in STATUSES.values())


def test_a_claim_of_several_is_named_by_a_letter() -> None:
    labels = Labels(samples.mixed())
    assert labels.claim(1, 2) == "step 2c"
    assert labels.claim(2, 0) == "step 3"
    assert [letter(number) for number in (0, 25, 26, 701, 702)] == ["a", "z", "aa", "zz", "aaa"]


def test_basis_names_the_sources() -> None:
    labels = Labels(samples.mixed())
    one_each = claim("x", premises=(context(3, "p"), earlier(4, "q")))
    assert basis(one_each, labels) == "from context 3, step 4"
    many = claim("x", premises=(*(context(n, "p") for n in (1, 5, 6, 7)), earlier(2, "q", 1), earlier(3, "r")))
    assert basis(many, labels) == "from context 1 and 5–7; steps 3 and 2b"
    assert basis(claim("x"), labels) == ""


def test_basis_of_a_contradicted_claim_is_never_said_to_support_it() -> None:
    labels = Labels()
    assert basis(claim("x", Status.CONTRADICTED, premises=(context(1, "p"),)), labels) == (
        "the opposite follows from context 1"
    )
    refuted = claim("x", Status.CONTRADICTED, kind="not-derivable", premises=(context(1, "p"),))
    assert basis(refuted, labels) == "shown wrong by context 1"


def test_headline_counts_only_steps_that_claim_something() -> None:
    assert headline(samples.mixed()) == "2 of 7 steps follow."
    assert headline(samples.valid()) == "All 4 steps follow."
    assert headline(samples.inconsistent()) == "No step follows."
    assert headline(samples.empty()) == "No step claims anything."


def test_all_reasons_against_verification_are_given() -> None:
    reasons = why_not_verified(samples.mixed())
    assert reasons == [
        "step 4 is contradicted",
        "steps 5 and 6 do not follow",
        "step 7 could not be read",
        "step 8 could not be decided",
        "step 3 leaps over 2 rules (limit 1)",
        "the answer is contradicted",
    ]
    assert "the context contradicts itself, so it proves nothing" in why_not_verified(samples.inconsistent())
    assert why_not_verified(samples.empty()) == ["no step claims anything", "no final answer is given"]


def test_a_trace_that_is_not_verified_always_gets_a_reason() -> None:
    for verdict in samples.several():
        assert bool(why_not_verified(verdict)) is not verdict.verified


def test_commonsense_is_named_in_claim_and_summary() -> None:
    verdict = samples.commonsense()
    labels = Labels(verdict)
    assert remarks(verdict.steps[0].claims[0], labels) == [
        "only if commonsense 1 is granted: Nobody is older than the years since their birth."
    ]
    assert verified_sentence(verdict).endswith("This grants 1 commonsense premise.")
    assert "vacuous" in remarks(verdict.steps[1].claims[0], labels)[0]


def test_dependence_on_failed_steps_is_said_once() -> None:
    labels = Labels()
    bare = claim("x", Status.UNGROUNDED, depends_on_failed=(4, 3))
    assert remarks(bare, labels) == ["would follow if steps 4 and 5 were granted"]
    told = claim("x", Status.UNGROUNDED, depends_on_failed=(4,), reason="it would follow if the failed step 5 held")
    assert remarks(told, labels) == []


def test_a_reason_that_the_counter_model_repeats_is_left_out() -> None:
    model = CounterModel("nothing says x; if not x, all holds")
    assert why(claim("x", Status.UNGROUNDED, reason="nothing says x", counter_model=model)) == [model.text]
    assert why(claim("x", Status.UNGROUNDED, reason="other", counter_model=model)) == ["other", model.text]
    assert why(claim("x")) == []


def test_premises_of_all_sources_have_labels() -> None:
    for source in ("context", "step", "question", "commonsense"):
        assert Labels().premise(Premise(source, 2, "p")) == f"{source} 3"  # type: ignore[arg-type]
