"""Recorded chains of real models on ProofWriter's dev questions, read and checked.

By model: what becomes of the claims, how many of them are read, pass rate, precision and VCAR; and the commonest
shapes of what isn't read, with the names and words of the theory abstracted.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from common import finish, parser, progress, share, spread, table
from gold_traces import clause_of, problem_of
from oracle.forward_chainer import judge
from oracle.rows import Row, load
from oracle.templates import Clause, NotInGrammar, names_in, read

from verisearch.ingest.textformat import trace_from_text
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.verdict import Status, TraceStatus, TraceVerdict

LETTERS = {"A": "True", "B": "False", "C": "Unknown"}
STATUSES = tuple(status.value for status in Status)


def recorded(folder: Path) -> list[dict[str, Any]]:
    """The recorded chains."""
    path = folder / "logic" / "proofwriter_llm_cot.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def shape(text: str, row: Row) -> str:
    """A claim with names, adjectives, verbs, quotations and numbers of its theory abstracted."""
    words: dict[str, str] = {}
    for sentence in row.sentences:
        try:
            clause = read(sentence)
        except NotInGrammar:
            continue
        for name in names_in(clause):
            words[name] = "N"
        for literal in (*clause.body, clause.head):
            part, word = literal.predicate.split(":")
            words[word] = {"adj": "A", "verb": "V", "noun": "C"}[part]
            if part == "verb":
                words[f"{word}s"] = "Vs"
    names = sorted(map(re.escape, words), key=len, reverse=True)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(rf"\b({'|'.join(names)})\b", lambda match: words.get(match[0], "N"), text, flags=re.IGNORECASE)
    text = re.sub(r"[\"“][^\"”]*[\"”]", "“…”", text)
    text = re.sub(r"\d+", "#", text)
    return re.sub(r"\bA(?:(?:,? and|,) A)+\b", "A+", text)


class Tally:
    """The figures of one model."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.claims: Counter[str] = Counter()
        self.opinions: Counter[tuple[str, str]] = Counter()

    def compare(self, verdict: TraceVerdict, context: list[Clause]) -> None:
        """Compare the assertions that the oracle can read with what it says of them."""
        for claim in (claim for step in verdict.steps for claim in step.claims):
            clause = clause_of(claim.text) if claim.kind == "assertion" and claim.formula else None
            if clause is not None:
                # What is accepted adds nothing to what can be derived, so the context alone decides the status.
                (expected,) = judge(context, [clause])
                self.opinions[expected.status, claim.status.value] += 1

    def add(self, verdict: TraceVerdict, chain: dict[str, Any]) -> None:
        """Count one chain, its answer being the recorded one."""
        passed, right = verdict.status is TraceStatus.VALID, bool(chain["final_answer_correct"])
        given = verdict.answer.given if verdict.answer else None
        self.count.update(
            {
                "chains": 1,
                "steps": len(verdict.steps),
                "passed": passed,
                "verified": verdict.verified,
                "right": right,
                "passed and right": passed and right,
                "verified and right": verdict.verified and right,
                "answer read as recorded": given == LETTERS.get(chain["extracted_answer"]),
                verdict.status.value: 1,
            }
        )
        self.claims.update(claim.status.value for step in verdict.steps for claim in step.claims)
        self.claims[Status.NO_CLAIM.value] += sum(not step.claims for step in verdict.steps)

    @property
    def read(self) -> tuple[int, int]:
        """Claims that were read, and all claims."""
        claims = sum(self.claims.values()) - self.claims[Status.NO_CLAIM.value]
        return claims - self.claims[Status.UNTRANSLATABLE.value], claims

    def figures(self) -> dict[str, Any]:
        """Counts and rates; a rate over nothing is None."""
        done, chains = self.count, self.count["chains"]
        read, claims = self.read
        return {
            **done,
            "claims": dict(self.claims),
            "claims_read": read / claims if claims else None,
            "oracle_against_checker": {f"{one} / {other}": times for (one, other), times in self.opinions.items()},
            "pass_rate": done["passed"] / chains if chains else None,
            "precision": done["passed and right"] / done["passed"] if done["passed"] else None,
            "vcar": done["passed and right"] / chains if chains else None,
            "task_accuracy": done["right"] / chains if chains else None,
        }


def check_all(args: Any) -> tuple[dict[str, Tally], Counter[str], dict[str, str], Counter[str]]:
    """Tallies by model; unread shapes with one example each; and where reading stopped."""
    rows = {row.id: row for row in load(args.data, "proofwriter_owa_d5_dev")}
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    shapes: Counter[str] = Counter()
    examples: dict[str, str] = {}
    stops: Counter[str] = Counter()
    for chain in progress(spread(recorded(args.data), args.limit), "recorded chains"):
        row = rows[chain["problem_id"]]
        problem = problem_of(chain["id"], row.sentences, row.statement, row.label)
        trace = trace_from_text(chain["cot"], problem, options=row.raw["options"])
        context = [read(sentence) for sentence in row.sentences]
        verdict = verify_trace(trace, CheckOptions(max_leap=args.max_leap))
        for tally in (tallies[chain["model"]], tallies["all"]):
            tally.add(verdict, chain)
            tally.compare(verdict, context)
        for claim in (claim for step in verdict.steps for claim in step.claims):
            if claim.status is Status.UNTRANSLATABLE:
                shapes[shape(claim.text, row)] += 1
                examples.setdefault(shape(claim.text, row), claim.text)
                stops[f"{claim.reason} [{shape(claim.unread, row)}]"] += 1
    return dict(tallies), shapes, examples, stops


def main() -> None:
    arguments = parser(__doc__, unit="chains")
    arguments.add_argument("--max-leap", type=int, default=1, help="for what counts as verified")
    arguments.add_argument("--shapes", type=int, default=40, help="how many unread shapes to print")
    args = arguments.parse_args()
    started = time.perf_counter()
    tallies, shapes, examples, stops = check_all(args)
    done = {model: tally.figures() for model, tally in tallies.items()}
    lines, claims, opinions = [], [], []
    for model, tally in sorted(tallies.items(), key=lambda pair: pair[0] == "all"):
        counted, chains = tally.count, tally.count["chains"]
        lines.append(
            [
                model,
                chains,
                share(*tally.read),
                share(counted["passed"], chains),
                share(counted["passed and right"], counted["passed"]),
                share(counted["passed and right"], chains),
                share(counted["right"], chains),
                share(counted["verified"], chains),
                share(counted["invalid"], chains),
                share(counted["answer read as recorded"], chains),
            ]
        )
        same = sum(times for (one, other), times in tally.opinions.items() if one == other)
        opinions.append([model, tally.opinions.total(), share(same, tally.opinions.total())])
        claims.append([model, counted["steps"], *(tally.claims[status] for status in STATUSES)])
    columns = ["model", "chains", "claims read", "pass rate", "precision", "VCAR", "task accuracy"]
    tables = [
        table("Recorded chains", [*columns, "verified", "invalid", "answers as recorded"], lines),
        table("Claims", ["model", "steps", *STATUSES], claims),
        table("Assertions that an independent judge can read", ["model", "read by both", "same status"], opinions),
        table("Commonest unread shapes", ["shape", "times"], shapes.most_common(args.shapes)),
        table("Where reading stops", ["reason [words]", "times"], stops.most_common(args.shapes // 2)),
    ]
    unread = [{"shape": text, "times": times, "example": examples[text]} for text, times in shapes.most_common(500)]
    finish(
        "model_chains",
        {"models": done, "unread": unread, "stops": stops.most_common(200)},
        tables,
        args.out,
        started,
    )


if __name__ == "__main__":
    main()
