"""The independent forward chainer is right: on small theories by hand, and on the gold labels and chains."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from oracle.classical import classical_label
from oracle.closed_world import Unstratified, as_given, stratified
from oracle.corrupt import CORRUPTIONS, claim_of, corrupt
from oracle.forward_chainer import Expected, closure, judge, label
from oracle.rows import CHAIN_FILES, LABEL_FILES, load
from oracle.templates import Clause, NotInGrammar, read, write

#: Every so many rows of a file; the benchmarks take all of them.
STRIDE = 8


def theory(*sentences: str) -> list[Clause]:
    return [read(sentence) for sentence in sentences]


def test_rules_fire_forwards_only() -> None:
    clauses = theory("All red things are big.", "Bob is not big.")
    assert label(clauses, read("Bob is red.").head).value == "Unknown"


def test_cases_are_not_analysed() -> None:
    clauses = theory("If Bob is red then Bob is big.", "If Bob is not red then Bob is big.")
    assert label(clauses, read("Bob is big.").head).value == "Unknown"


def test_depth_counts_rounds_of_the_shortest_proof() -> None:
    clauses = theory("Bob is red.", "Red things are big.", "Big things are old.", "Red things are old.")
    assert label(clauses, read("Bob is old.").head) == ("True", 1)
    assert label(clauses, read("Bob is not old.").head) == ("False", 1)
    assert closure(clauses)[read("Bob is big.").head] == 1


def test_both_signs_make_a_theory_inconsistent() -> None:
    clauses = theory("Bob is red.", "Red things are not red.")
    assert label(clauses, read("Bob is big.").head).value == "Inconsistent"


def test_a_rule_with_two_conditions_joins_on_one_thing() -> None:
    rule = "If something sees the cat and it is red then it likes the cat."
    apart = theory(rule, "The dog sees the cat.", "The cow is red.")
    together = theory(rule, "The dog sees the cat.", "The dog is red.")
    assert label(apart, read("The dog likes the cat.").head).value == "Unknown"
    assert label(together, read("The dog likes the cat.").head).value == "True"


def test_failed_steps_support_nothing() -> None:
    context = theory("Bob is red.", "Big things are old.")
    steps = theory("Bob is big.", "Bob is old.", "Bob is not red.", "Bob is red.")
    ungrounded = Expected("ungrounded", None)
    expected = [ungrounded, ungrounded, Expected("contradicted", None), Expected("entailed", 0)]
    assert judge(context, steps) == expected


def test_an_accepted_step_shortens_the_next_leap() -> None:
    context = theory("Rex is a cat.", "Every cat is a feline.", "Felines are mammals.")
    far, near, after = read("Rex is a mammal."), read("Rex is a feline."), Expected("entailed", 1)
    assert judge(context, [far]) == [Expected("entailed", 2)]
    assert judge(context, [near, far]) == [after, after]


@pytest.mark.parametrize(
    ("step", "status", "leap"),
    [
        ("All red things are old.", "entailed", 2),
        ("If something is red and it is cold then it is big.", "entailed", 1),
        ("Red things are big.", "entailed", 0),
        ("All old things are red.", "ungrounded", None),
        ("If something is not big then it is not red.", "ungrounded", None),
        ("Red things are not old.", "contradicted", None),
        ("Green things are not old.", "ungrounded", None),
    ],
)
def test_rules_are_judged_on_a_thing_never_heard_of(step: str, status: str, leap: int | None) -> None:
    context = theory("Bob is red.", "If something is red then it is big.", "All big things are old.")
    assert judge(context, [read(step)]) == [Expected(status, leap)]


@pytest.mark.parametrize("sentence", ["", "Bob.", "Bob is red", "All wumpuses.", "Bob likes everyone he meets.", "."])
def test_what_no_template_fits_is_refused(sentence: str) -> None:
    with pytest.raises(NotInGrammar):
        read(sentence)


@pytest.mark.data
@pytest.mark.parametrize("name", LABEL_FILES)
def test_gold_labels_and_depths_come_out(name: str, data_dir: Path) -> None:
    unread = 0
    for row in list(load(data_dir, name))[::STRIDE]:
        try:
            clauses = [read(sentence) for sentence in row.sentences]
            statement = read(row.statement).head
        except NotInGrammar:
            unread += 1
            continue
        found = label(clauses, statement)
        depth = next((row.raw[key] for key in ("derived_depth", "QDep", "hops") if key in row.raw), None)
        assert (found.value, found.depth) == (row.label, depth), row.id
    assert unread == 0 or name == "proofwriter_owa_mixed_qdep"


@pytest.mark.data
@pytest.mark.parametrize("name", CHAIN_FILES)
def test_gold_chains_are_valid_rule_by_rule(name: str, data_dir: Path) -> None:
    judged = 0
    for row in list(load(data_dir, name))[::STRIDE]:
        context = [read(sentence) for sentence in row.sentences]
        for step, expected in zip(row.steps, judge(context, [claim_of(step) for step in row.steps]), strict=True):
            assert expected.status == "entailed", (row.id, step)
            assert expected.leap is not None, (row.id, step)
            assert expected.leap <= 1, (row.id, step)
            judged += 1
    assert judged > 100


@pytest.mark.data
def test_corruptions_do_harm_and_are_reproducible(data_dir: Path) -> None:
    harm: Counter[str] = Counter()
    for name in CHAIN_FILES:
        for row in list(load(data_dir, name))[::80]:
            for kind in CORRUPTIONS if row.steps else ():
                changed = corrupt(row, kind, seed=1)
                assert changed == corrupt(row, kind, seed=1)
                if changed is not None:
                    assert (changed.context, changed.steps) != (row.sentences, row.steps)
                    harm[kind] += changed.wrong
    assert all(harm[kind] > 30 for kind in CORRUPTIONS), harm


@pytest.mark.data
def test_written_clauses_read_back(data_dir: Path) -> None:
    for name in CHAIN_FILES:
        for row in list(load(data_dir, name))[::80]:
            for clause in map(read, row.sentences):
                assert read(write(clause)) == clause


@pytest.mark.data
def test_grounded_classical_logic_gives_the_derived_label(data_dir: Path) -> None:
    rows = list(load(data_dir, "proofwriter_owa_d5_dev"))
    differing = [row for row in rows if row.raw["derived_classical_label"] != row.label]
    assert differing
    for row in [*rows[::20], *differing]:
        clauses = [read(sentence) for sentence in row.sentences]
        assert classical_label(clauses, read(row.statement).head) == row.raw["derived_classical_label"], row.id


def test_negation_is_looked_up_after_all_is_derived_or_among_the_given() -> None:
    clauses = theory(
        "Bob is sad.",
        "If someone is not rough then they are clever.",
        "If someone is sad and not clever then they are dull.",
    )
    dull = read("Bob is dull.").head
    assert not stratified(clauses, dull)
    assert as_given(clauses, dull)


def test_what_depends_on_its_own_negation_has_no_strata() -> None:
    clauses = theory("If someone is not red then they are big.", "If someone is big then they are red.")
    with pytest.raises(Unstratified):
        stratified(clauses, read("Bob is red.").head)


@pytest.mark.data
def test_closed_world_labels_look_negation_up_among_the_given(data_dir: Path) -> None:
    rows = list(load(data_dir, "pararule_plus_cwa_test"))[::STRIDE]
    usual = 0
    for row in rows:
        clauses, statement = [read(sentence) for sentence in row.sentences], read(row.statement).head
        assert str(as_given(clauses, statement)) == row.label, row.id
        usual += str(stratified(clauses, statement)) == row.label
    assert 0.97 * len(rows) < usual < len(rows)
