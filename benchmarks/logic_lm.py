"""Programs that language models wrote for ProofWriter, ProntoQA and FOLIO, against the gold labels.

ProofWriter and ProntoQA programs are judged under the ``rules`` reading (a negated literal is a predicate of its own),
FOLIO's under the ``classical`` one. A malformed program is named and counts as a wrong answer, never as an answer.
"Misstated" counts wrong answers whose program plainly differs from the text: it asks for the negation of the statement,
or has fewer facts and rules than the text has sentences.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import LABELS, finish, parser, progress, share, spread, table
from logic_lm_reader import Program, read_fol_program, read_program

from verisearch.errors import InputError
from verisearch.ingest.sentences import split
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import Not
from verisearch.symbolic.checker import prove_problem
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Sentence
from verisearch.verdict import Logic


@dataclass(frozen=True)
class Suite:
    """One file of programs, the file with the problems they are about, how they are read, under which logic, and
    what the answers' letters mean."""

    file: str
    problems: str
    read: Callable[[str], Program]
    logic: Logic
    letters: dict[str, str]


THREE = {"A": "True", "B": "False", "C": "Unknown"}
SUITES = (
    Suite("proofwriter_llm_programs", "proofwriter_owa_d5_dev", read_program, "rules", THREE),
    Suite("prontoqa_llm_programs", "prontoqa_5hop_fictional", read_program, "rules", {"A": "True", "B": "False"}),
    Suite("folio_llm_programs", "folio_v0_validation", read_fol_program, "classical", THREE),
)


def problem_of(program: Program, id: str) -> Problem:
    """The program as a problem in FOL notation."""
    context, start = [], 0
    for premise in program.premises:
        text = to_fol(premise)
        context.append(Sentence(text, (start, start + len(text))))
        start += len(text) + 1
    return Problem(id=id, context=tuple(context), statement=to_fol(program.query))


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    with (folder / "logic" / f"{name}.jsonl").open(encoding="utf-8", newline="\n") as file:
        return [json.loads(text) for text in file if text.strip()]


def evidence(program: Program, problem: dict[str, Any] | None) -> list[str]:
    """Where the program plainly says something else than the problem's text."""
    if problem is None:
        return []
    found = []
    statement = problem.get("statement") or problem["conclusion"]
    if isinstance(program.query, Not) and " not " not in f" {statement} ":
        found.append(f"asks {to_fol(program.query)} for {statement!r}")
    sentences = len(problem["premises"]) if "premises" in problem else len(split(problem["context"]))
    if sentences > len(program.premises):
        found.append(f"{sentences} sentences, but {len(program.premises)} facts and rules")
    return found


def judge(row: dict[str, Any], suite: Suite, problem: dict[str, Any] | None, solver: str) -> dict[str, Any]:
    """The gold label, what the program says, and why if it says nothing."""
    result = {"id": row["id"], "model": row["model"], "gold": suite.letters[row["answer"]], "predicted": None}
    try:
        program = suite.read(row["raw_logic_program"])
    except InputError as error:
        return {**result, "malformed": str(error)}
    options = CheckOptions(logic=suite.logic, formaliser="fol", solver=solver)
    proof = prove_problem(problem_of(program, row["id"]), options)
    result |= {"predicted": LABELS[proof.outcome], "reason": proof.reason}
    if result["predicted"] != result["gold"]:
        result["evidence"] = evidence(program, problem)
    if proof.unread:
        result["outside"] = "; ".join(f"{each.text}: {each.reason}" for each in proof.unread)
    return result


def line(name: str, model: str, results: list[dict[str, Any]]) -> tuple[dict[str, Any], list[object]]:
    """The figures of one model on one file."""
    malformed = [each for each in results if "malformed" in each]
    right = sum(each["predicted"] == each["gold"] for each in results)
    silent = sum(each["predicted"] == "Undecided" for each in results)
    figures = {
        "file": name,
        "model": model,
        "rows": len(results),
        "malformed": len(malformed),
        "undecided": silent,
        "right": right,
        "with_evidence": sum(bool(each.get("evidence")) for each in results),
        "confusion": {
            f"{gold} as {said}": count
            for (gold, said), count in Counter((each["gold"], each["predicted"]) for each in results).items()
            if gold != said
        },
        "wrong": [each for each in results if each["predicted"] != each["gold"]],
    }
    answered = len(results) - len(malformed) - silent
    shown = [f"{name}: {model}", len(results), len(malformed), silent, right, share(right, len(results))]
    return figures, [*shown, share(right, answered), figures["with_evidence"]]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--solver", default="z3")
    args = arguments.parse_args()
    started = time.perf_counter()
    figures: list[dict[str, Any]] = []
    lines: list[list[object]] = []
    named: list[list[object]] = []
    wrong: list[list[object]] = []
    for suite in SUITES:
        rows = spread(rows_of(args.data, suite.file), args.limit)
        problems = {problem["id"]: problem for problem in rows_of(args.data, suite.problems)}
        results = [
            judge(row, suite, problems.get(row["problem_id"]), args.solver) for row in progress(rows, suite.file)
        ]
        for model in dict.fromkeys(row["model"] for row in rows):
            of_model = [each for each in results if each["model"] == model]
            found, shown = line(suite.file, model, of_model)
            figures.append(found)
            lines.append(shown)
            if model == "gpt-4":
                named += [[each["id"], each["malformed"]] for each in of_model if "malformed" in each]
            if model == "gpt-4" and suite is SUITES[0]:
                wrong += [
                    [each["id"], each["gold"], each["predicted"], "; ".join(each.get("evidence", ())) or "–"]
                    for each in found["wrong"]
                ]
    columns = ["programs", "rows", "malformed", "undecided", "right", "of rows", "of answers", "misstated"]
    tables = [table("Logic-LM programs against gold labels", columns, lines)]
    tables.append(table("gpt-4 on ProofWriter: wrong", ["id", "gold", "program", "misstated"], wrong))
    tables.append(table(f"gpt-4: {len(named)} malformed programs", ["id", "reason"], named))
    finish("logic_lm", {"results": figures}, tables, args.out, started)


if __name__ == "__main__":
    main()
