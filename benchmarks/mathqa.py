"""MathQA's formula programs: what they compute, and whether that is the keyed option.

    python benchmarks/mathqa.py --out mathqa.json

Every row's linear formula is run on the numbers of its problem, and so is its nested formula with the numbers in it.
The result counts as an option if it is the number there, or rounds to it at the digits that are shown; a percentage may
be given as its hundredth. Rows that come to anything else are named in the JSON, with the cause: the programs were
written by people against noisy problems, and one that disagrees with its key is a fault of the row.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import Counter
from fractions import Fraction
from typing import Any, NamedTuple

from common import finish, parser, progress, share, spread, table

from verisearch.errors import ProgramError
from verisearch.programs import Number, same_number
from verisearch.programs.formulas import Formula, numbers_in, read_linear, read_nested

#: Where an option begins: its letter behind the start, a comma or a quotation mark.
OPTION = re.compile(r"(?:^|[,\s\['\"]+)([a-e])\s*\)\s*")
#: A letter that an option repeats: "a ) 2", "b . 1.2".
REPEATED = re.compile(r"[a-e]\s*[).]\s*(?=[-−–$\d.])")
DIGITS = r"\d+(?:\s?,\s?\d{2,3}(?!\d))*"
SHOWN = re.compile(
    r"(?P<sign>[-−–]\s?)?(?:(?P<whole>\d+)\s+(?=\d+\s*[/⁄]))?"
    rf"(?:(?P<number>{DIGITS}(?:\.\d+)?|(?<![\w.])\.\d+)\s*)?(?P<root>√\s*(?P<under>\d+)\s*)?(?P<pi>π\s*)?"
    rf"(?:(?<=[\dπ\s])(?P<over>[/⁄:])\s*(?P<below>{DIGITS}(?:\.\d+)?)?\s*(?P<rootbelow>√\s*(?P<underbelow>\d+))?)?"
    r"\s*(?P<percent>%)?"
)
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

#: What rounding may change, in units of the last digit shown; a float may lie beside the middle.
HALF = Fraction(1, 2) + Fraction(1, 10**9)

#: Causes in the order in which they are looked for.
CAUSES = (
    "the keyed option",
    "the keyed option, cut off instead of rounded",
    "another option",
    "the keyed option with the other sign",
    "the keyed option, a hundred or a thousand times too large or small",
    "the keyed option's inverse, or its difference from 1 or 100",
    "within 2% of the keyed option",
    "no option",
    "no value: the program is undefined there",
    "no value: beyond the limits",
    "the keyed option is no number",
    "the program can't be read",
)


class Shown(NamedTuple):
    """The number that an option shows. ``decimals``: None where it is exact, a fraction or a ratio."""

    value: Number
    decimals: int | None
    percent: bool


def options_of(text: str) -> dict[str, str]:
    """The options by their letters."""
    pieces = OPTION.split(text)
    return {
        letter: REPEATED.sub("", option.strip(" ,'\"[]"), count=1)
        if REPEATED.match(option)
        else option.strip(" ,'\"[]")
        for letter, option in zip(pieces[1::2], pieces[2::2], strict=True)
        if option.strip(" ,'\"[]")
    }


def shown(option: str) -> Shown | None:
    """The first number in an option; None if there is none."""
    found = next((each for each in SHOWN.finditer(option) if each["number"] or each["root"] or each["pi"]), None)
    if found is None:
        word = re.search(rf"\b({'|'.join(WORDS)})\b", option)
        return Shown(WORDS.index(word[1]), 0, False) if word and "none" not in option else None
    digits = re.sub(r"[\s,]", "", found["number"] or "1")
    value: Number = Fraction(digits) + int(found["whole"] or 0) * (0 if found["over"] else 1)
    exact = found["over"] is not None and (found["below"] or found["rootbelow"])
    if found["root"]:
        value = float(value) * math.sqrt(int(found["under"]))
    if found["pi"]:
        value = float(value) * math.pi
    if exact:
        below: Number = Fraction(re.sub(r"[\s,]", "", found["below"] or "1"))
        if found["rootbelow"]:
            below = float(below) * math.sqrt(int(found["underbelow"]))
        if below == 0:
            return None
        value = value / below + int(found["whole"] or 0)
    decimals = None if exact or isinstance(value, float) else len(digits.partition(".")[2])
    return Shown(-value if found["sign"] else value, decimals, found["percent"] is not None)


def rounds_to(value: Number, option: Shown, cut: bool = False) -> bool:
    """Whether the value is what the option shows, at its digits. ``cut``: further digits may have been left out."""
    for each in (value, value * 100) if option.percent else (value,):
        if same_number(each, option.value):
            return True
        if option.decimals is not None:
            off = abs(Fraction(each) - Fraction(option.value)) * 10**option.decimals
            if off <= HALF or (cut and off < 1 and abs(each) > abs(option.value)):
                return True
    return False


def near_miss(value: Number, option: Shown) -> str:
    """How a value that is no option comes near the keyed one."""
    if rounds_to(-value, option):
        return "the keyed option with the other sign"
    if any(rounds_to(value * factor, option) for factor in (100, 1000, Fraction(1, 100), Fraction(1, 1000))):
        return "the keyed option, a hundred or a thousand times too large or small"
    if any(rounds_to(each, option) for each in (*([1 / value] if value else []), 1 - value, 100 - value)):
        return "the keyed option's inverse, or its difference from 1 or 100"
    if option.value and abs(float(value) / float(option.value) - 1) < 0.02:
        return "within 2% of the keyed option"
    return "no option"


def outcome(formula: Formula | None, numbers: tuple[Number, ...], row: dict[str, Any]) -> tuple[str, str]:
    """The cause of `CAUSES` for a row, and what came out."""
    if formula is None:
        return "the program can't be read", ""
    options = {letter: shown(option) for letter, option in options_of(row["options"]).items()}
    keyed = options.get(row["correct"])
    try:
        value = formula.run(numbers)
    except ProgramError as error:
        beyond = error.kind == "limit"
        return f"no value: {'beyond the limits' if beyond else 'the program is undefined there'}", str(error)
    huge = abs(value) > 10**300
    said = "a number of more than 300 digits" if huge else f"{float(value):.10g}"
    if keyed is None:
        return "the keyed option is no number", said
    if rounds_to(value, keyed):
        return "the keyed option", said
    if any(rounds_to(value, each) for each in options.values() if each is not None):
        return "another option", said
    if huge:
        return "no option", said
    if rounds_to(value, keyed, cut=True):
        return "the keyed option, cut off instead of rounded", said
    return near_miss(value, keyed), said


def read(row: dict[str, Any], name: str) -> Formula | None:
    try:
        return (read_linear if name == "linear_formula" else read_nested)(row[name])
    except ProgramError:
        return None


def main() -> None:
    args = parser(__doc__).parse_args()
    started = time.perf_counter()
    path = args.data / "math" / "mathqa_test.jsonl"
    rows = spread([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], args.limit)
    counts: dict[str, Counter[str]] = {"linear_formula": Counter(), "annotated_formula": Counter()}
    faulty = []
    for row in progress(rows, path.name):
        numbers = numbers_in(row["Problem"])
        found = {name: outcome(read(row, name), numbers, row) for name in counts}
        for name, (cause, _) in found.items():
            counts[name][cause] += 1
        cause, value = found["linear_formula"]
        if cause != CAUSES[0]:
            key = options_of(row["options"]).get(row["correct"], "")
            faulty.append({"id": row["id"], "cause": cause, "value": value, "keyed": key, "options": row["options"]})
    lines = [
        [cause, *(part for each in counts.values() for part in (each[cause], share(each[cause], len(rows))))]
        for cause in CAUSES
        if any(each[cause] for each in counts.values())
    ]
    columns = ["the program comes to", "linear", "", "nested", ""]
    tables = [table(f"MathQA's programs, {len(rows):,} rows", columns, lines)]
    figures = {"rows": len(rows), "counts": {name: dict(each) for name, each in counts.items()}, "faulty": faulty}
    finish("mathqa", figures, tables, args.out, started)


if __name__ == "__main__":
    main()
