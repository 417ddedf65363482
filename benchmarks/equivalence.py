"""FOLIO's formulas, mutated and rewritten: each difference found or undecided, no rewrite called different.

Whether a mutant really differs is decided without a solver: by small structures in which one formula holds and the
other doesn't (``tests/structures.py``). A mutant that no structure tells apart may still differ; it is counted apart.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import finish, parser, progress, share, spread, table
from mutations import MUTATIONS, REWRITES, mutants
from structures import Beyond, differences

from verisearch.errors import InputError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import Formula, Not
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.equivalence import equivalent
from verisearch.symbolic.session import Session, open_solver

FILES = ("folio_v0_validation", "folio_v2_validation", "folio_v2_train")
STATUSES = ("equivalent", "different", "undecided")


def formulas_of(path: Path, limit: int | None) -> tuple[list[Formula], int]:
    """The distinct formulas in the rows of a file, and how many texts could not be read."""
    found: dict[Formula, None] = {}
    unread = 0
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in spread((line for line in file if line.strip()), limit):
            row = json.loads(line)
            for value in (row["premises-FOL"], row["conclusion-FOL"]):
                for text in value.split("\n") if isinstance(value, str) else value:
                    try:
                        formula = parse_formula(text)
                        Vocabulary.of([formula])
                    except InputError:
                        unread += bool(text.strip())
                    else:
                        found.setdefault(formula)
    return list(found), unread


def mutated(formula: Formula, places: int) -> Iterator[tuple[str, Formula]]:
    """Mutants of every kind, at up to ``places`` places each, and the negation."""
    yield "negation of the whole", Not(formula)
    for name, change in MUTATIONS.items():
        for mutant in spread(mutants(formula, change), places):
            yield name, mutant


class Counts:
    """What was found of pairs of each kind. ``wrong`` lists every pair that was judged wrongly."""

    def __init__(self) -> None:
        self.mutants: dict[str, Counter[str]] = {name: Counter() for name in ("negation of the whole", *MUTATIONS)}
        self.rewrites: dict[str, Counter[str]] = {name: Counter() for name in REWRITES}
        self.wrong: list[dict[str, Any]] = []
        self.undecided: list[dict[str, Any]] = []

    def mutant(self, name: str, one: Formula, other: Formula, session: Session, count: int) -> None:
        """A mutant that a structure tells apart must not be equivalent, and no direction may hold that it refutes."""
        found = equivalent(one, other, session)
        try:
            first_only, second_only = differences(one, other, count)
        except Beyond:
            self.mutants[name]["beyond"] += 1
            return
        differs = first_only or second_only
        self.mutants[name][f"{'differs' if differs else 'not told apart'}: {found.status}"] += 1
        missed = differs and found.status == "equivalent"
        turned = (found.forward is True and first_only) or (found.backward is True and second_only)
        self.mutants[name]["wrong direction"] += turned
        if missed or turned:
            self.wrong.append(described(name, one, other, found.status))
        if found.status == "undecided":
            self.undecided.append({**described(name, one, other, found.status), "reason": found.reason})

    def rewrite(self, name: str, one: Formula, other: Formula, session: Session) -> None:
        """A rewritten formula must not be different."""
        found = equivalent(one, other, session)
        self.rewrites[name][found.status] += 1
        if found.status == "different":
            self.wrong.append(described(name, one, other, found.status))
        if found.status == "undecided":
            self.undecided.append({**described(name, one, other, found.status), "reason": found.reason})


def described(name: str, one: Formula, other: Formula, status: str) -> dict[str, str]:
    return {"kind": name, "one": to_fol(one), "other": to_fol(other), "status": status}


def mutant_rows(counts: Counts) -> Iterator[list[object]]:
    """The lines of the table of mutants, the sum last."""
    whole = sum(counts.mutants.values(), Counter[str]())
    for name, each in [*counts.mutants.items(), ("all", whole)]:
        differing = [each[f"differs: {status}"] for status in STATUSES]
        alike = [each[f"not told apart: {status}"] for status in STATUSES]
        missed, found, undecided = differing
        turned, beyond = each["wrong direction"], each["beyond"]
        rate = share(found, sum(differing))
        yield [name, sum(differing), found, rate, undecided, missed, turned, *alike, beyond]


def rewrite_rows(counts: Counts) -> Iterator[list[object]]:
    """The lines of the table of rewrites, the sum last."""
    whole = sum(counts.rewrites.values(), Counter[str]())
    for name, each in [*counts.rewrites.items(), ("all", whole)]:
        same, different, undecided = (each[status] for status in STATUSES)
        pairs = same + different + undecided
        yield [name, pairs, same, share(same, pairs), undecided, different]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--solver", default="z3")
    arguments.add_argument("--effort", type=int, default=2_000_000, help="the solver's limit for one check")
    arguments.add_argument("--places", type=int, default=2, help="mutants of each kind for a formula, at most")
    arguments.add_argument("--structures", type=int, default=300, help="random structures tried for a pair")
    args = arguments.parse_args()
    started = time.perf_counter()
    counts, files, formulas = Counts(), [], dict[Formula, None]()
    for name in FILES:
        read, unread = formulas_of(args.data / "logic" / f"{name}.jsonl", args.limit)
        files.append({"file": name, "formulas": len(read), "unread": unread})
        formulas.update(dict.fromkeys(read))
    session = Session(open_solver(args.solver, args.effort))
    for formula in progress(list(formulas), "formulas"):
        for name, mutant in mutated(formula, args.places):
            counts.mutant(name, formula, mutant, session, args.structures)
        for name, rewrite in REWRITES.items():
            counts.rewrite(name, formula, rewrite(formula), session)
    figures = {
        "files": files,
        "formulas": len(formulas),
        "solver": args.solver,
        "effort": args.effort,
        "checks": session.calls,
        "mutants": counts.mutants,
        "rewrites": counts.rewrites,
        "wrong": counts.wrong,
        "undecided": counts.undecided,
    }
    columns = ["mutation", "differ", "found", "of them", "undecided", "missed", "wrong direction"]
    columns += ["not told apart: equivalent", "different", "undecided", "beyond"]
    tables = [
        table("Formulas read", ["file", "formulas", "unread"], [list(each.values()) for each in files]),
        table("Mutants, by what small structures say", columns, mutant_rows(counts)),
        table(
            "Rewrites that mean the same",
            ["rewrite", "pairs", "equivalent", "of them", "undecided", "different"],
            rewrite_rows(counts),
        ),
    ]
    if counts.wrong:
        lines = [list(each.values()) for each in counts.wrong]
        tables.append(table("Judged wrongly", ["kind", "one", "other", "status"], lines))
    finish("equivalence", figures, tables, args.out, started)


if __name__ == "__main__":
    main()
