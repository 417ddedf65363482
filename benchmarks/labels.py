"""Gold labels from the text alone: what the reader and the solver say of each statement, against the data sets.

Three readings: forward-only rules (ProofWriter's and ProntoQA's gold labels), classical logic (the derived labels)
and the closed world (PARARULE-Plus, where what is not derivable is false).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from common import LABELS, finish, parser, progress, share, spread, table
from gold_traces import gold_problem
from oracle.closed_world import as_given, stratified
from oracle.rows import LABEL_FILES, Row, load
from oracle.templates import NotInGrammar, read

from verisearch.symbolic.checker import prove_problem
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Outcome, Proof

CLASSICAL_FILES = ("proofwriter_owa_d5_dev", "proofwriter_owa_d5_test", "proofwriter_owa_d5_train")
CLOSED_FILES = ("pararule_plus_cwa_test",)

#: PARARULE-Plus says "animals" of everything.
GENERIC_NOUNS = ("animal",)


class Question(NamedTuple):
    """One row under one reading, with the answer expected of it."""

    row: Row
    options: CheckOptions
    gold: str


def suites(args: Any) -> Iterator[tuple[str, str, list[Question]]]:
    """Reading, file, questions."""
    rules = CheckOptions(logic="rules", solver=args.solver)
    classical = CheckOptions(logic="classical", solver=args.solver)
    closed = CheckOptions(logic="closed-world", generic_nouns=GENERIC_NOUNS)
    for name in LABEL_FILES:
        yield "rules", name, [Question(row, rules, row.label) for row in spread(load(args.data, name), args.limit)]
    for name in CLASSICAL_FILES:
        rows = spread(load(args.data, name), args.limit)
        yield "classical", name, [Question(row, classical, row.raw["derived_classical_label"]) for row in rows]
    for name in CLOSED_FILES:
        yield (
            "closed-world",
            name,
            [Question(row, closed, row.label) for row in spread(load(args.data, name), args.limit)],
        )


def predicted(proof: Proof) -> str:
    """The proof's outcome as a label; in a closed world what doesn't follow is false."""
    if proof.logic == "closed-world" and proof.outcome is Outcome.UNKNOWN:
        return "False"
    return LABELS[proof.outcome]


def in_templates(row: Row) -> bool:
    """Whether the sentence templates, read by other means, cover the whole row."""
    try:
        for sentence in (*row.sentences, row.statement):
            read(sentence)
    except NotInGrammar:
        return False
    return True


def closed_world_reason(row: Row, answer: str) -> str:
    """Why a closed-world answer differs from gold, by two independent evaluations."""
    clauses, statement = [read(sentence) for sentence in row.sentences], read(row.statement).head
    usual, given = (str(model(clauses, statement)) for model in (stratified, as_given))
    if answer == usual and row.label == given:
        return "gold looks negation up among the given facts; the stratified model has it otherwise"
    return f"the stratified model says {usual}, negation among the given facts {given}"


def run(questions: list[Question], text: str) -> dict[str, Any]:
    """Prove every question; count agreement, inside the templates and outside them."""
    count: Counter[str] = Counter()
    differ, unread = [], Counter[str]()
    for row, options, gold in progress(questions, text):
        proof = prove_problem(gold_problem(row), options)
        answer = predicted(proof)
        inside = "inside" if options.logic == "closed-world" or in_templates(row) else "outside"
        # Outside the templates a row that was not read whole must say so; that is right, but it is no agreement.
        verdict = "equal" if answer == gold else "unread" if proof.unread or answer == "Undecided" else "differ"
        count[f"{inside} {verdict}"] += 1
        count["sentences"] += len(row.sentences)
        count["unread sentences"] += len(proof.unread)
        unread.update(sentence.text for sentence in proof.unread)
        if (inside == "inside" and answer != gold) or verdict == "differ":
            where = {"id": row.id, "logic": options.logic, "statement": row.statement}
            why = closed_world_reason(row, answer) if options.logic == "closed-world" else proof.reason
            differ.append({**where, "gold": gold, "predicted": answer, "reason": why})
    return {"rows": len(questions), **count, "differ": differ, "unread": dict(unread.most_common())}


def line(result: dict[str, Any]) -> list[object]:
    """One row of the printed table."""

    def count(name: str) -> int:
        return int(result.get(name, 0))

    inside = sum(count(f"inside {verdict}") for verdict in ("equal", "unread", "differ"))
    return [
        result["file"],
        result["logic"],
        result["rows"],
        share(count("sentences") - count("unread sentences"), count("sentences")),
        inside,
        share(count("inside equal"), inside),
        inside - count("inside equal"),
        result["rows"] - inside,
        *(count(f"outside {verdict}") for verdict in ("unread", "equal", "differ")),
    ]


COLUMNS = ("file", "reading", "rows", "sentences read", "in templates", "equal gold", "differ")
OUTSIDE = ("outside them", "reported unread", "equal gold", "differ")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--solver", default="z3", help="for the first-order readings")
    arguments.add_argument("--only", default="", help="only readings or files whose name holds this")
    args = arguments.parse_args()
    started = time.perf_counter()
    results = []
    for logic, name, questions in suites(args):
        if args.only in f"{logic} {name}":
            results.append({"logic": logic, "file": name, **run(questions, f"{logic} {name}")})
    differ = [entry for result in results for entry in result["differ"]]
    tables = [table("Labels against gold", (*COLUMNS, *OUTSIDE), [line(result) for result in results])]
    if differ:
        columns = ("id", "logic", "gold", "predicted", "reason")
        shown = [[str(entry[column]) for column in columns] for entry in differ[:40]]
        tables.append(table(f"{len(differ)} rows differ, the first 40", columns, shown))
    finish("labels", {"results": results}, tables, args.out, started)


if __name__ == "__main__":
    main()
