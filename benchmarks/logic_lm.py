"""Programs that language models wrote for ProofWriter, ProntoQA and FOLIO, against the gold labels.

ProofWriter and ProntoQA programs are judged under the ``rules`` reading (a negated literal is a predicate of its own),
FOLIO's under the ``classical`` one. A malformed program is named and counts as a wrong answer, never as an answer.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common import LABELS, finish, parser, progress, share, spread, table
from logic_lm_reader import Program, read_fol_program, read_program

from verisearch.errors import InputError
from verisearch.logic.fol_writer import to_fol
from verisearch.symbolic.checker import prove_problem
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Sentence
from verisearch.verdict import Logic


@dataclass(frozen=True)
class Suite:
    """One file of programs: how they are read, under which logic, and what the answers' letters mean."""

    file: str
    read: Callable[[str], Program]
    logic: Logic
    letters: dict[str, str]


THREE = {"A": "True", "B": "False", "C": "Unknown"}
SUITES = (
    Suite("proofwriter_llm_programs", read_program, "rules", THREE),
    Suite("prontoqa_llm_programs", read_program, "rules", {"A": "True", "B": "False"}),
    Suite("folio_llm_programs", read_fol_program, "classical", THREE),
)


def problem_of(program: Program, id: str) -> Problem:
    """The program as a problem in FOL notation."""
    context, start = [], 0
    for premise in program.premises:
        text = to_fol(premise)
        context.append(Sentence(text, (start, start + len(text))))
        start += len(text) + 1
    return Problem(id=id, context=tuple(context), statement=to_fol(program.query))


def judge(row: dict[str, Any], suite: Suite, solver: str) -> dict[str, Any]:
    """The gold label, what the program says, and why if it says nothing."""
    result = {"id": row["id"], "model": row["model"], "gold": suite.letters[row["answer"]], "predicted": None}
    try:
        program = suite.read(row["raw_logic_program"])
    except InputError as error:
        return {**result, "malformed": str(error)}
    options = CheckOptions(logic=suite.logic, formaliser="fol", solver=solver)
    proof = prove_problem(problem_of(program, row["id"]), options)
    result |= {"predicted": LABELS[proof.outcome], "reason": proof.reason}
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
        "confusion": {
            f"{gold} as {said}": count
            for (gold, said), count in Counter((each["gold"], each["predicted"]) for each in results).items()
            if gold != said
        },
        "wrong": [each for each in results if each["predicted"] != each["gold"]],
    }
    answered = len(results) - len(malformed) - silent
    shown = [f"{name}: {model}", len(results), len(malformed), silent, right, share(right, len(results))]
    return figures, [*shown, share(right, answered)]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--solver", default="z3")
    args = arguments.parse_args()
    started = time.perf_counter()
    figures, lines, named = [], [], []
    for suite in SUITES:
        with (args.data / "logic" / f"{suite.file}.jsonl").open(encoding="utf-8", newline="\n") as file:
            rows = spread([json.loads(text) for text in file if text.strip()], args.limit)
        results = [judge(row, suite, args.solver) for row in progress(rows, suite.file)]
        for model in dict.fromkeys(row["model"] for row in rows):
            of_model = [each for each in results if each["model"] == model]
            found, shown = line(suite.file, model, of_model)
            figures.append(found)
            lines.append(shown)
            named += [[each["id"], each["malformed"]] for each in of_model if model == "gpt-4" and "malformed" in each]
    columns = ["programs", "rows", "malformed", "undecided", "right", "of rows", "of answers"]
    tables = [table("Logic-LM programs against gold labels", columns, lines)]
    tables.append(table(f"gpt-4: {len(named)} malformed programs", ["id", "reason"], named))
    finish("logic_lm", {"results": figures}, tables, args.out, started)


if __name__ == "__main__":
    main()
