"""FOLIO's gold formulas: every row read, every conclusion proved or refuted, by Z3 and by cvc5.

The gold label is what people said of the English; the formulas are what annotators made of it. Rows whose formulas
can't be read are named with the reason; rows where the formulas say something else than the label are listed with
what the solver found: which premises contradict each other, entail the conclusion or its negation, or which symbols
of the conclusion no premise has.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import product
from pathlib import Path
from typing import Any

from common import finish, parser, progress, share, spread, table

from verisearch import plugins
from verisearch.errors import ParseError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import Formula, Not
from verisearch.logic.smtlib_writer import declarations, formula_text
from verisearch.logic.vocabulary import Vocabulary
from verisearch.protocols import Solver

#: Files with gold formulas; the training file of version 0 has none for the conclusions.
PROVED = ("folio_v0_validation", "folio_v2_validation")
READ = ("folio_v0_train", "folio_v2_train")
#: The training files' word for Uncertain.
LABELS = {"Unknown": "Uncertain"}
#: Names at least so similar are shown as probably meant to be one.
SIMILAR = 0.8


@dataclass
class Row:
    """A row's formulas, or the reason why they can't be read."""

    id: str
    label: str
    sentences: int
    premises: list[Formula]
    conclusion: Formula | None
    vocabulary: Vocabulary
    malformed: str = ""


@dataclass
class Result:
    """What the solvers say of a row. ``evidence`` says why it differs from the label."""

    id: str
    label: str
    answers: dict[str, str]
    evidence: str = ""


def lines(value: Any) -> list[str]:
    """Version 0 has lists, version 2 one text with a line for each."""
    items = value.split("\n") if isinstance(value, str) else value
    return [item for item in items if item.strip()]


def rows_of(path: Path, limit: int | None) -> list[Row]:
    """All rows of a file."""
    with path.open(encoding="utf-8", newline="\n") as file:
        return [read_row(json.loads(line)) for line in spread((line for line in file if line.strip()), limit)]


def read_row(row: dict[str, Any]) -> Row:
    """The formulas of a row, which must agree on their symbols."""
    made = Row(row["id"], LABELS.get(row["label"], row["label"]), len(lines(row["premises"])), [], None, Vocabulary())
    texts = [(f"premise {number}", text) for number, text in enumerate(lines(row["premises-FOL"]), 1)]
    if "conclusion-FOL" in row:
        texts.append(("conclusion", row["conclusion-FOL"]))
    for where, text in texts:
        try:
            formula = parse_formula(text, made.vocabulary)
        except ParseError as error:
            made.malformed = f"{where}, column {error.column}: {error.message}"
            return made
        made.vocabulary.add(formula)
        if where == "conclusion":
            made.conclusion = formula
        else:
            made.premises.append(formula)
    return made


class Prover:
    """Asks one solver about one row: premises are switched on by Boolean constants."""

    def __init__(self, solver: Solver, row: Row) -> None:
        assert row.conclusion is not None
        self.solver = solver
        self.switches = [f"premise.{number}" for number in range(len(row.premises))]
        solver.reset()
        solver.run(declarations(row.vocabulary))
        extra = [("goal.holds", row.conclusion), ("goal.fails", Not(row.conclusion))]
        for switch, formula in [*zip(self.switches, row.premises, strict=True), *extra]:
            solver.run(f"(declare-const {switch} Bool)(assert (=> {switch} {formula_text(formula)}))")

    def unsatisfiable(self, *switches: str) -> bool | None:
        """None if the solver can't say."""
        status = self.solver.check(switches).status
        return None if status == "unknown" else status == "unsat"

    def answer(self) -> str:
        """True, False, Uncertain, Inconsistent or Undecided."""
        for name, extra in (("Inconsistent", ()), ("True", ("goal.fails",)), ("False", ("goal.holds",))):
            found = self.unsatisfiable(*self.switches, *extra)
            if found is None:
                return "Undecided"
            if found:
                return name
        return "Uncertain"

    def core(self, *extra: str) -> list[int]:
        """Numbers, from 1, of a minimal set of premises that contradicts ``extra``."""
        kept = list(self.switches)
        for switch in reversed(self.switches):
            if self.unsatisfiable(*[other for other in kept if other != switch], *extra):
                kept.remove(switch)
        return [self.switches.index(switch) + 1 for switch in kept]


def evidence(row: Row, answer: str, prover: Prover) -> str:
    """Why the formulas don't give the label, as far as can be computed."""
    reasons = []
    if answer == "Inconsistent":
        reasons.append(f"premises {listed(prover.core())} contradict each other")
    elif answer == "True":
        reasons.append(f"premises {listed(prover.core('goal.fails'))} entail the conclusion")
    elif answer == "False":
        reasons.append(f"premises {listed(prover.core('goal.holds'))} refute the conclusion")
    else:
        reasons.append("neither the conclusion nor its negation follows")
    reasons += list(symbol_gaps(row))
    if row.sentences != len(row.premises):
        reasons.append(f"{row.sentences} sentences, but {len(row.premises)} formulas")
    return "; ".join(reasons)


def listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def symbol_gaps(row: Row) -> Iterator[str]:
    """Symbols of the conclusion that no premise has, and pairs of names that are probably meant to be one."""
    assert row.conclusion is not None
    known = set(Vocabulary.of(row.premises).symbols)
    alone = [name for name in Vocabulary.of([row.conclusion]).symbols if name not in known]
    if alone:
        yield f"no premise has {', '.join(alone)}"
    uses = Counter(name for formula in [*row.premises, row.conclusion] for name in Vocabulary.of([formula]).symbols)
    single = [name for name, count in uses.items() if count == 1]
    for first, second in product(single, uses):
        similar = SequenceMatcher(None, first.casefold(), second.casefold()).ratio() >= SIMILAR
        if first != second and similar and (uses[second] > 1 or first < second):
            yield f"{first} beside {second}"


def judge(rows: Sequence[Row], solvers: dict[str, Solver], title: str) -> list[Result]:
    """What the solvers say of each row that could be read."""
    results = []
    for row in progress([row for row in rows if not row.malformed], title):
        provers = {}
        answers = {}
        for name, solver in solvers.items():
            provers[name] = Prover(solver, row)
            answers[name] = provers[name].answer()
        first = next(iter(solvers))
        result = Result(row.id, row.label, answers)
        if answers[first] != row.label:
            result.evidence = evidence(row, answers[first], Prover(solvers[first], row))
        results.append(result)
    return results


def summary(name: str, rows: Sequence[Row], results: Sequence[Result], first: str) -> dict[str, Any]:
    """The figures of one file."""
    agreeing = sum(result.answers[first] == result.label for result in results)
    return {
        "file": name,
        "rows": len(rows),
        "parsed": sum(not row.malformed for row in rows),
        "agree": agreeing,
        "solvers_same": sum(len(set(result.answers.values())) == 1 for result in results),
        "undecided": sum("Undecided" in result.answers.values() for result in results),
        "malformed": [{"id": row.id, "reason": row.malformed} for row in rows if row.malformed],
        "disagreements": [asdict(result) for result in results if result.answers[first] != result.label],
        "solvers_differ": [asdict(result) for result in results if len(set(result.answers.values())) > 1],
    }


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--solvers", nargs="+", default=["z3", "cvc5"], help="the first one's answers count")
    args = arguments.parse_args()
    started = time.perf_counter()
    solvers: dict[str, Solver] = {name: plugins.load("solvers", name)() for name in args.solvers}
    first = args.solvers[0]
    figures: list[dict[str, Any]] = []
    overview: list[list[object]] = []
    tables: list[Any] = []
    for name in (*PROVED, *READ):
        rows = rows_of(args.data / "logic" / f"{name}.jsonl", args.limit)
        provable = [row for row in rows if row.conclusion is not None or row.malformed]
        results = judge(rows, solvers, name) if any(row.conclusion is not None for row in provable) else []
        found = summary(name, rows, results, first)
        figures.append(found)
        overview.append(
            [
                name,
                found["rows"],
                found["parsed"],
                share(found["parsed"], found["rows"]),
                found["agree"] if results else None,
                share(found["agree"], len(results)),
                share(found["solvers_same"], len(results)),
                found["undecided"] if results else None,
            ]
        )
        if name == PROVED[0]:
            tables += details(name, found, first)
    columns = ["file", "rows", "parsed", "of rows", "agree", "of parsed", " = ".join(args.solvers), "undecided"]
    overview_table = table("FOLIO gold formulas against gold labels", columns, overview)
    finish("folio", {"files": figures}, [overview_table, *tables], args.out, started)


def details(name: str, found: dict[str, Any], first: str) -> Iterator[Any]:
    """Tables of the malformed rows and of the disagreements."""
    yield table(f"{name}: malformed", ["id", "reason"], [[each["id"], each["reason"]] for each in found["malformed"]])
    lines_ = [[each["id"], each["label"], each["answers"][first], each["evidence"]] for each in found["disagreements"]]
    yield table(f"{name}: disagreements", ["id", "label", first, "evidence"], lines_)
    if found["solvers_differ"]:
        yield table(
            "solvers differ", ["id", "answers"], [[e["id"], str(e["answers"])] for e in found["solvers_differ"]]
        )


if __name__ == "__main__":
    main()
