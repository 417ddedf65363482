"""Final answers: `verisearch.answers.equivalent` beside Math-Verify alone on pairs, attacks, speed and hostile inputs.

    python benchmarks/answers.py --out answers.json

False positives (pairs that differ and come out equal) come first: a vote or a metric that counts them is wrong.
Math-Verify alone is called as its documentation says, ``verify(parse(gold), parse(prediction))``, in a process with
limits; once more with dollar signs around what has no delimiters, as it reads LaTeX only between some. Needs the extra
math; without it sums, functions and Math-Verify's columns are missing.
"""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from common import ROOT, finish, parser, progress, share, spread, table
from verifier_attacks import FAMILIES, TARGETS, attacks

from verisearch.answers import equivalent, extract, maths

FILES = ("math_verify_pairs", "hardverify_math_pairs")
TABLES = {"hard_pairs": "our table", "hard_pairs_later": "our table, written when the code was done"}
STATUSES = ("equal", "different", "undecided")
#: Labels that can't be right, with the reason: they are counted as they are, and named.
LABELS = {
    "mathverify-187": "the pair of mathverify-186, which is labelled equivalent; only a setting of Math-Verify differs",
    "mathverify-261": "1 - 1/e and 1 + 1/e are labelled equivalent",
    "hardverify-52-tn": "the same five numbers in another order are labelled different",
    "hardverify-193-fn": "a closed and an open interval are labelled equivalent",
    "hardverify-44-fn": "a list of two expressions and their product are labelled equivalent",
    "hardverify-122-fn": "two solutions and one of them are labelled equivalent",
    "hardverify-133-fn": "words and the number 100 are labelled equivalent",
    "hardverify-196-fn": "785.12 and 784 are labelled equivalent",
}

#: Math-Verify in a process of its own, with memory limited and its own time limits (signals, in a main thread).
CHILD = """
import json, logging, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
logging.disable(logging.CRITICAL)
from math_verify import parse, verify
print("ready", flush=True)
for line in sys.stdin:
    pairs = json.loads(line)
    started, said = time.perf_counter(), []
    for gold, prediction in pairs:
        try:
            said.append(bool(verify(parse(gold), parse(prediction))))
        except Exception:
            said.append(False)
    print(json.dumps([said, time.perf_counter() - started]), flush=True)
"""


class Alone:
    """Math-Verify without us; what it doesn't survive counts as not equal."""

    #: Seconds on the clock for one pair; its own limits are 5 for reading and 5 for comparing.
    LIMIT = 30.0

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def ask(self, pairs: Sequence[tuple[str, str]]) -> tuple[list[bool], float]:
        """Its word on each pair, and the seconds it took, without its start."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, encoding="utf-8",
            )  # fmt: skip
            assert self.process.stdout is not None
            self.process.stdout.readline()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        started = time.perf_counter()
        watch = threading.Timer(self.LIMIT * len(pairs), self.process.kill)
        watch.start()
        line = ""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(pairs), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        watch.cancel()
        if not line:
            self.close()
            return [False] * len(pairs), time.perf_counter() - started
        said, seconds = json.loads(line)
        return said, seconds

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def bare(text: str) -> str:
    """``text`` with dollar signs around it, where it is LaTeX without delimiters."""
    return text if any(mark in text for mark in ("$", "\\(", "\\[", "\\boxed")) else f"${text}$"


def rows_of(args: Any) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """The files and tables of pairs by name."""
    for name in FILES:
        path = args.data / "math_equiv" / f"{name}.jsonl"
        if path.exists():
            yield name, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for name in TABLES:
        path = ROOT / "tests" / "answers" / f"{name}.jsonl"
        yield name, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ours(row: dict[str, Any], units: bool = True) -> tuple[str, str]:
    """The status of a row's pair, with its reason. What Math-Verify reads as a plain number only is a number."""
    kind = row.get("kind") or ("number" if row.get("extraction") == ["expr"] else "expression")
    kind = row.get("kind") if "category" in row else kind
    found = equivalent(row["gold"], row["prediction"], kind=kind, options=row.get("options", ()), units=units)
    return found.status, found.reason


def pairs_part(args: Any, alone: Alone) -> tuple[list[Any], dict[str, Any]]:
    """False positives, precision and recall on all pairs, and what was missed."""
    lines, missed_lines, figures = [], [], {}
    wrong: list[list[object]] = []
    for name, everything in rows_of(args):
        rows = spread(everything, args.limit)
        counts: Counter[tuple[bool, str]] = Counter()
        missed = []
        for row in progress(rows, name):
            status, reason = ours(row)
            counts[row["equivalent"], status] += 1
            known = LABELS.get(row.get("id", ""), "")
            shown = {key: row[key] for key in ("id", "category", "gold", "prediction", "equivalent") if key in row}
            shown |= {"status": status, "reason": reason} | ({"label": known} if known else {})
            label = row.get("id") or row["category"]
            if row["equivalent"] is False and status == "equal":
                wrong.append([label, row["gold"][:40], row["prediction"][-40:], known or reason])
            if row["equivalent"] and status != "equal":
                missed_lines.append([label, status, row["gold"][-30:], row["prediction"][-30:], (known or reason)[:60]])
            if status != ("equal" if row["equivalent"] else "different"):
                missed.append(shown)
        lines.append(line_of(TABLES.get(name, name), "verisearch", counts))
        loose = Counter((row["equivalent"], ours(row, units=False)[0]) for row in rows)
        lines.append(line_of(TABLES.get(name, name), "… units=False", loose))
        figures[name] = {"verisearch": plain(counts), "units=False": plain(loose), "not_as_labelled": missed}
        if maths.available():
            for title, dress in (("Math-Verify alone", str), ("… with $ around bare LaTeX", bare)):
                said: Counter[tuple[bool, str]] = Counter()
                for row in progress(rows, f"{name}: {title}"):
                    found = alone.ask([(dress(row["gold"]), dress(row["prediction"]))])[0][0]
                    said[row["equivalent"], "equal" if found else "different"] += 1
                lines.append(line_of(TABLES.get(name, name), title, said))
                figures[name][title] = plain(said)
    columns = ["", "who", "false positives", "precision", "recall", "same: equal", "different", "undecided"]
    tables = [table("Pairs of answers, by their label", [*columns, "not the same: different", "undecided"], lines)]
    tables.append(table("False positives of verisearch", ["", "gold", "prediction", "why"], wrong))
    tables.append(
        table(
            "Pairs labelled the same that aren't equal here", ["", "status", "gold", "prediction", "why"], missed_lines
        )
    )
    return tables, figures


def line_of(name: str, who: str, counts: Counter[tuple[bool, str]]) -> list[object]:
    same, other = (sum(counts[label, status] for status in STATUSES) for label in (True, False))
    positives = counts[True, "equal"] + counts[False, "equal"]
    return [
        name, who, f"{counts[False, 'equal']} of {other}", share(counts[True, "equal"], positives),
        share(counts[True, "equal"], same), *(counts[True, status] for status in STATUSES),
        *(counts[False, status] for status in STATUSES[1:]),
    ]  # fmt: skip


def plain(counts: Counter[tuple[bool, str]]) -> dict[str, int]:
    return {f"{'same' if same else 'not the same'}: {status}": count for (same, status), count in counts.items()}


def attacks_part(args: Any, alone: Alone) -> tuple[list[Any], dict[str, Any]]:
    """How many attacks are accepted, by family: as the answer itself, and as what is extracted as the answer."""
    lines, figures = [], {}
    for family in FAMILIES:
        made = [(target, text) for target in TARGETS for text in attacks(family, target, args.attacks)]
        direct = taken = alone_said = 0
        for target, text in progress(made, family):
            given = {"kind": target.kind, "options": target.options}
            direct += equivalent(target.gold, text, kind=target.kind, options=target.options).status == "equal"
            answer = extract(text, **given)
            taken += answer is not None and equivalent(target.gold, answer, **given).status == "equal"
        if maths.available():
            for target, text in progress(made, f"{family}: Math-Verify"):
                alone_said += alone.ask([(bare(target.gold), text)])[0][0]
        lines.append([family, len(made), direct, taken, alone_said if maths.available() else None])
        figures[family] = {"attacks": len(made), "direct": direct, "extracted": taken, "math_verify": alone_said}
    columns = ["", "attacks", "accepted", "accepted as extracted", "Math-Verify alone"]
    return [table("Attacks that are accepted", columns, lines)], figures


def speed_part(alone: Alone) -> tuple[list[Any], dict[str, Any]]:
    """Comparisons a second, each pair once."""
    draw = random.Random(7)
    numbers = [
        (str(each), f"{each}.0" if draw.random() < 0.5 else str(each + 1)) for each in draw.sample(range(10**6), 3000)
    ]
    latex = [
        (f"$\\frac{{{a}x + {b}}}{{{c}}}$", f"$\\frac{{{a}}}{{{c}}}x + \\frac{{{b}}}{{{c}}}$")
        for a, b, c in ([draw.randint(2, 99) for _ in range(3)] for _ in range(300))
    ]
    roots = [
        (f"${a} + \\sqrt{{{b}}}\\pi$", f"$\\pi\\sqrt{{{b}}} + {a}$")
        for a, b in ([draw.randint(2, 999), draw.randint(2, 999)] for _ in range(300))
    ]
    waves = [(f"$\\sin({a}x)^2 + {b}$", f"${b} + 1 - \\cos^2 {a}x$") for a in range(2, 22) for b in range(1, 16)]
    lines, figures = [], {}
    for name, pairs in {"plain numbers": numbers, "fractions": latex, "roots": roots, "functions": waves}.items():
        started = time.perf_counter()
        equal = sum(equivalent(*pair).status == "equal" for pair in pairs)
        ours_rate = len(pairs) / (time.perf_counter() - started)
        said, seconds = alone.ask(pairs) if maths.available() else ([], 0.0)
        theirs = len(pairs) / seconds if seconds else None
        lines.append([name, len(pairs), equal, round(ours_rate), sum(said), round(theirs) if theirs else None])
        figures[name] = {"pairs": len(pairs), "a_second": ours_rate, "math_verify_a_second": theirs}
    columns = ["", "pairs", "equal", "verisearch, a second", "equal", "Math-Verify, a second"]
    return [table("Speed, each pair once", columns, lines)], figures


HOSTILE = {
    "tower": ("9^{9^{9^{9^{9}}}}", "9^{9^{9^{9}}}"),
    "factorials of factorials": ("((100!)!)!", "((99!)!)!"),
    "great binomial": ("\\binom{10^9}{10^8}", "1"),
    "nested brackets": ("(" * 450 + "1" + ")" * 450, "1"),
    "nested roots": ("\\sqrt{" * 39 + "x" + "}" * 39, "x"),
    "nested powers": ("x^{" * 39 + "x" + "}" * 39, "x"),
    "powers of sums": ("(a+b+c+d+f+g)^{40}", "(a+b+c+d+f+h)^{40}"),
    "list of binomials": (
        ",".join(f"\\binom{{x}}{{{each}}}" for each in range(39)),
        ",".join(f"\\binom{{x}}{{{each}}} + 1" for each in range(39)),
    ),
    "a million signs": ("x" * 10**6, "y" * 10**6),
    "two thousand boxes": ("\\boxed{1}" * 2000, "1"),
    "announced 5,000 times": ("The answer is " * 5000 + "1", "1"),
    "sum to 10^9": ("\\sum_{k=1}^{10^{9}} \\frac{1}{k}", "21"),
    "product to 10^8": ("\\prod_{k=1}^{10^{8}} k", "1"),
    "integral": ("\\int_0^{\\infty} \\frac{\\sin(x^{x})}{x^{x}} dx", "1"),
}


def hostile_part(alone: Alone) -> tuple[list[Any], dict[str, Any]]:
    """What hostile inputs cost, and that the next comparison works."""
    lines, figures = [], {}
    equivalent("\\sum_{k=1}^{3} k", "6")  # starts the process that Math-Verify works in
    for name, (one, other) in HOSTILE.items():
        started = time.perf_counter()
        found = equivalent(one, other, kind="expression")
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        after = equivalent(f"\\sum_{{k=1}}^{{4}} k + {len(lines)}", f"{10 + len(lines)}", kind="expression").status
        restart = time.perf_counter() - started
        theirs = alone.ask([(f"${one}$", f"${other}$")])[1] if maths.available() and len(one) < 10**5 else None
        lines.append([name, found.status, f"{seconds:.2f}", found.reason[:60], after, f"{restart:.2f}", theirs])
        figures[name] = {"status": found.status, "seconds": seconds, "reason": found.reason, "next": after}
    columns = ["", "status", "seconds", "why", "the next sum", "seconds", "Math-Verify alone: seconds"]
    return [table("Hostile inputs (limit of the process: 5 s of its processor time)", columns, lines)], figures


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--attacks", type=int, default=100, help="attacks of each family for each of the answers")
    args = made.parse_args()
    started = time.perf_counter()
    alone = Alone()
    try:
        tables, pairs = pairs_part(args, alone)
        more, attacked = attacks_part(args, alone)
        fast, speed = speed_part(alone)
        worst, hostile = hostile_part(alone)
    finally:
        alone.close()
    figures = {"pairs": pairs, "attacks": attacked, "speed": speed, "hostile": hostile, "doubtful_labels": LABELS}
    finish("answers", {"math_verify": maths.available(), **figures}, tables + more + fast + worst, args.out, started)


if __name__ == "__main__":
    main()
