"""Logic-LM's program notation: read exactly or refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

from logic_lm_reader import read_fol_program, read_program

from verisearch.errors import InputError
from verisearch.logic.fol_writer import to_fol

PROGRAM = """Predicates:
Kind($x, bool) ::: Is x kind?
Sees($x, $y, bool) ::: Does x see y?

Facts:
Kind(Bob, True) ::: Bob is kind.
Sees(bald eagle, Bob) ::: The bald eagle sees Bob.
Rough(Bob, False)

Rules:
Kind($x, True) && Rough($x, False) >>> Sees($x, Bob, True) ::: Kind people that are not rough see Bob.
Kind(Bob, True) >>> Nice(Bob, True) && !Rough(Bob, True)
Sees($x, $y) && not Kind($x) >>> Not(Nice($y, True))

Query:
Nice(Bob, False) ::: Bob is not nice.
"""


def program(facts: str = "Kind(Bob, True)", rules: str = "", query: str = "Kind(Bob, True)") -> str:
    return f"Predicates:\nKind($x, bool)\nFacts:\n{facts}\nRules:\n{rules}\nQuery:\n{query}\n"


def test_reads_facts_rules_and_query() -> None:
    found = read_program(PROGRAM)
    assert [to_fol(premise) for premise in found.premises] == [
        "Kind(Bob)",
        "Sees('bald eagle', Bob)",
        "¬Rough(Bob)",
        "∀x (Kind(x) ∧ ¬Rough(x) → Sees(x, Bob))",
        "Kind(Bob) → Nice(Bob) ∧ ¬Rough(Bob)",
        "∀x ∀y (Sees(x, y) ∧ ¬Kind(x) → ¬Nice(y))",
    ]
    assert to_fol(found.query) == "¬Nice(Bob)"


def test_a_negated_false_is_true() -> None:
    assert to_fol(read_program(program(query="!Kind(Bob, False)")).query) == "Kind(Bob)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (program(facts="Bob is kind."), "line 4: neither an atom"),
        (program(facts="Kind(Bob, True"), "line 4: neither an atom"),
        (program(facts="Kind(Bob, True) = False"), "line 4: neither an atom"),
        (program(facts="Kind($x, True)"), "line 4: a fact can't have variables"),
        (program(facts="Kind(Bob, True, True)"), "line 4: not a constant"),
        (program(facts="Kind()"), "line 4: not a constant"),
        (program(facts="Not(Kind(Bob), True)"), "line 4: neither an atom"),
        (program(rules="Kind($x) >>> Nice($x) >>> Rough($x)"), "line 6: more than one"),
        (program(rules="Kind($x) || Nice($x) >>> Rough($x)"), "line 6: neither an atom"),
        (program(rules="Kind($x, Bob) >>> Nice($x)"), "line 6: 'Kind' is used as"),
        (program(query="Kind($x, True)"), "line 8: a query can't have variables"),
        (program(query="Kind(Bob, Bob, unknown)"), "line 8: 'Kind' is used as"),
        (program(query=""), "asks 0"),
        (program(query="Kind(Bob)\nKind(Tom)"), "asks 2"),
        (program() + "Remarks:\nnone", "no section is called 'Remarks'"),
        ("Kind(Bob)\n" + program(), "before the first section"),
    ],
)
def test_malformed_programs_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_program(text)


def test_reads_first_order_programs() -> None:
    found = read_fol_program(
        "Predicates:\nKind(x) ::: x is kind.\n"
        "Premises:\n∀x (Kind(x) → Nice(x)) ::: All.\nKind(bob)\n"
        "Conclusion:\nNice(bob)"
    )
    assert [to_fol(premise) for premise in found.premises] == ["∀x (Kind(x) → Nice(x))", "Kind(bob)"]
    assert to_fol(found.query) == "Nice(bob)"
    with pytest.raises(InputError, match="line 2, column 5"):
        read_fol_program("Premises:\nKind\nConclusion:\nNice(bob".replace("Kind\n", "Kind)\n"))
