"""Replies that real models wrote, given to the formaliser by a scripted one: read, mended by a further try, given up.

Programs that GPT-4, GPT-3.5 and davinci wrote in Logic-LM's notations for five data sets are the replies: a whole
program for the statement; its lines, each for the sentence that it says it stands for, as they are and written anew in
FOL notation and in SMT-LIB (ProntoQA's name no sentences). Whatever they hold: no crash, and nothing reaches the
premises but well-sorted formulas that the formaliser gave. Then the repair loop: each model's line in turn as the next
try, and a script that does just what the last message says.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from common import ROOT, finish, parser, progress, share, spread, table
from logic_lm import rows_of
from logic_lm_reader import read_rule
from mending import FAULTS, mended
from watched import watching

from verisearch.errors import InputError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import Formula
from verisearch.logic.smtlib_writer import declarations, formula_text
from verisearch.logic.vocabulary import Vocabulary
from verisearch.protocols import Query, Response
from verisearch.symbolic.checker import prove_problem
from verisearch.symbolic.modelled.names import canonical, renamed, symbols_in
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Problem, Sentence

assert ROOT  # `common` comes first: it puts `watched` within reach

#: The files of programs, and of the problems that they are about.
SUITES = (
    ("folio_llm_programs", "folio_v0_validation"),
    ("proofwriter_llm_programs", "proofwriter_owa_d5_dev"),
    ("prontoqa_llm_programs", "prontoqa_5hop_fictional"),
    ("ar_lsat_llm_programs", "ar_lsat_test"),
    ("logical_deduction_llm_programs", "logical_deduction_dev"),
)
#: Those whose lines say which sentence they stand for.
BY_LINE = SUITES[:2]
#: A text that only brings symbols in, and isn't counted.
DECLARING = "All of this holds."
MODELS = ("text-davinci-003", "gpt-3.5-turbo", "gpt-4")
#: Kinds of reasons, by words of them.
KINDS = (
    ("two sections", r"the reply has the sections"),
    ("too long", r"at most [\d,]+ are read|more than \d+ formulas|at most \d+ are read"),
    ("nearly a known name", r"looks like"),
    ("no quantifier", r"bound by no quantifier"),
    ("truth value or connective as a name", r"is a truth value|is a word of logic"),
    (
        "another arity or sort",
        r"elsewhere|is used as|arguments, but has|is expected, but this is of sort|a predicate, but",
    ),
    ("parentheses", r"parentheses|too many|outside of any"),
    ("not declared", r"not declared"),
    ("other words (anchors)", r"the formula doesn't|the text doesn't|says nothing of|none of its words"),
    ("no formula in it", r"there is no \(assert|no formula|nothing new is declared"),
    ("says nothing, or never holds", r"carries nothing|can never hold"),
    ("not in the notation", r"."),
)


def kind_of(reason: str) -> str:
    return next(kind for kind, words in KINDS if re.search(words, reason))


class Replying:
    """A model that replies to a text by ``reply(text, number, wrong)``, the n-th time that it is asked about it."""

    name = "scripted"

    def __init__(self, reply: Callable[[str, int, str], str]) -> None:
        self.reply = reply
        self.times: Counter[str] = Counter()
        self.wrong: dict[str, list[str]] = defaultdict(list)

    def ask(self, query: Query) -> Response:
        text, wrong = query.values.get("text", ""), query.values.get("wrong", "")
        if query.task != "formalise":
            return Response(text=self.reply(text, max(0, self.times[text] - 1), wrong))
        if wrong:
            self.wrong[text].append(wrong)
        self.times[text] += 1
        return Response(text=self.reply(text, self.times[text] - 1, wrong))


@dataclass
class Counts:
    """What came of the texts of one suite."""

    texts: int = 0
    first: int = 0
    later: Counter[int] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    failed_first: Counter[str] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)
    slipped: list[str] = field(default_factory=list)
    premises: int = 0

    def figures(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "texts": self.texts,
            "read_at_first": self.first,
            "read_at_try": dict(self.later),
            "untranslatable": sum(self.given_up.values()),
            "reasons": dict(self.given_up.most_common()),
            "failed_at_first_by_kind": dict(self.failed_first.most_common()),
            "mended_by_kind": dict(self.mended.most_common()),
            "premises": self.premises,
            "crashed": self.crashed,
            "slipped": self.slipped,
        }

    def line(self, name: str) -> list[object]:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.given_up.most_common(4))
        given_up = sum(self.given_up.values())
        later = sum(self.later.values())
        return [name, self.texts, self.first, later, given_up, len(self.crashed), len(self.slipped), kinds or "–"]


def problem_of(texts: Sequence[str], statement: str) -> Problem:
    context, start = [], 0
    for text in texts:
        context.append(Sentence(text, (start, start + len(text))))
        start += len(text) + 1
    return Problem(context=tuple(context), statement=statement)


def check(counts: Counts, name: str, problem: Problem, model: Replying, anchors: bool = True) -> None:
    """Formalise a problem's sentences and its statement by ``model``, prove it, and count."""
    reading = ReadingOptions(mixed=False, anchors=anchors)
    options = CheckOptions(formaliser="llm", logic="classical", reading=reading, effort=2_000_000)
    with watching() as watched:
        try:
            proof = prove_problem(problem, options, model=model)
        except Exception as error:
            counts.crashed.append(f"{name}: {type(error).__name__}: {error}")
            return
    counts.slipped += [f"{name}: {each}" for each in watched.slipped]
    counts.premises += len(watched.told)
    reasons = {each.text: each.reason for each in proof.unread}
    texts = list(dict.fromkeys(sentence.text for sentence in problem.context))
    if problem.statement and problem.statement not in texts:
        texts.append(problem.statement)
        if proof.formula is None:
            reasons[problem.statement] = proof.reason
    for text in texts:
        if text == DECLARING:
            continue
        counts.texts += 1
        wrong = model.wrong[text]
        if wrong:
            counts.failed_first[kind_of(wrong[0])] += 1
        if text in reasons:
            counts.given_up[kind_of(reasons[text])] += 1
        elif wrong:
            counts.later[len(wrong) + 1] += 1
            counts.mended[kind_of(wrong[0])] += 1
        else:
            counts.first += 1


def sentences_of(program: str) -> Iterator[tuple[str, str, bool]]:
    """The lines of a program that say which sentence they stand for: formula, sentence, and whether it is asked."""
    section = ""
    for line in program.splitlines():
        formula, mark, words = line.partition(":::")
        if not mark and line.strip().endswith(":"):
            section = line.strip()
        elif mark and formula.strip() and words.strip() and not section.startswith("Predicates"):
            yield formula.strip(), words.strip(), section.startswith(("Conclusion", "Query"))


def statement_of(problem: dict[str, Any] | None) -> str:
    """What a program is the reply to."""
    if problem is None:
        return "The conditions can all be met."
    return str(problem.get("statement") or problem.get("conclusion") or problem["question"])


def in_fol(formula: str) -> Formula | None:
    """A line's formula, by whichever notation it is in; None if it is in neither."""
    for read in (read_rule, parse_formula):
        try:
            found = read(formula)
        except InputError:
            continue
        if agrees(found):
            return found
    return None


def agrees(formula: Formula) -> bool:
    """Whether every symbol of a formula is used in one way."""
    try:
        Vocabulary.of([formula])
    except InputError:
        return False
    return True


def as_smtlib(formula: Formula) -> str:
    return f"{declarations(Vocabulary.of([formula]))}\n(assert {formula_text(formula)})"


STYLES: dict[str, Callable[[str, str], str | None]] = {
    "as written": lambda formula, words: f"{formula} ::: {words}",
    "in FOL notation": lambda formula, words: None if (f := in_fol(formula)) is None else f"{to_fol(f)} ::: {words}",
    "in SMT-LIB": lambda formula, words: None if (f := in_fol(formula)) is None else as_smtlib(f),
}


def by_line(counts: Counts, row: dict[str, Any], style: Callable[[str, str], str | None]) -> None:
    """Each line of a program as the reply about its sentence."""
    replies: dict[str, str] = {}
    asked = ""
    for formula, words, query in sentences_of(row["raw_logic_program"]):
        reply = style(formula, words)
        if reply is not None:
            replies.setdefault(words, reply)
            asked = words if query else asked
    if replies:
        statement = asked or next(reversed(replies))
        texts = [text for text in replies if text != statement]
        check(counts, row["id"], problem_of(texts, statement), Replying(lambda text, n, wrong: replies.get(text, "")))


def repair(counts: Counts, rows: Sequence[dict[str, Any]]) -> None:
    """The lines of all models about each sentence that they share, in the order of `MODELS`, as one model's tries."""
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        for formula, words, _ in sentences_of(row["raw_logic_program"]):
            lines[words].setdefault(row["model"], f"{formula} ::: {words}")
    shared = {text: [of[model] for model in MODELS] for text, of in lines.items() if all(m in of for m in MODELS)}
    if shared:
        texts = list(shared)
        model = Replying(lambda text, n, wrong: shared[text][min(n, 2)])
        check(counts, rows[0]["problem_id"], problem_of(texts[:-1], texts[-1]), model)


def by_message(counts: Counts, row: dict[str, Any]) -> None:
    """A program's lines, each mended by the message about it."""
    last = {words: f"{formula} ::: {words}" for formula, words, _ in sentences_of(row["raw_logic_program"])}
    mend_and_check(counts, row["id"], last)


def mend_and_check(counts: Counts, name: str, last: dict[str, str]) -> None:
    def reply(text: str, number: int, wrong: str) -> str:
        if wrong:
            last[text] = mended(last[text], wrong)
        return last[text]

    if last:
        texts = list(last)
        check(counts, name, problem_of(texts[:-1], texts[-1]), Replying(reply))


def damaged(counts: Counts, row: dict[str, Any], fault: Callable[[str], str]) -> None:
    """A program's lines in SMT-LIB over a vocabulary that is known, damaged, and mended by the message.

    A first statement holds all the symbols, so that damage meets what is declared.
    """
    formulas = {words: f for formula, words, _ in sentences_of(row["raw_logic_program"]) if (f := in_fol(formula))}
    for text, written in formulas.items():
        formula = renamed(written, {name: canonical(name) for name in symbols_in(written)})
        good = f"(assert {formula_text(formula)})"
        bad = fault(good)
        if bad == good or not agrees(formula):  # a predicate and a constant that only their capitals told apart
            continue
        last = {"bad": bad}

        def reply(asked: str, number: int, wrong: str, last: dict[str, str] = last, formula: Formula = formula) -> str:
            if asked == DECLARING:
                return as_smtlib(formula)
            if wrong:
                last["bad"] = mended(last["bad"], wrong)
            return last["bad"]

        check(counts, row["id"], problem_of([DECLARING], text), Replying(reply), anchors=False)


def main() -> None:
    args = parser(__doc__).parse_args()
    started = time.perf_counter()
    figures: dict[str, Any] = {"whole": [], "lines": [], "repair": [], "by_message": [], "damaged": []}
    shown: dict[str, list[list[object]]] = {name: [] for name in figures}

    def note(part: str, name: str, counts: Counts) -> None:
        figures[part].append(counts.figures(name))
        shown[part].append(counts.line(name))

    for file, problems in SUITES:
        known = {problem["id"]: problem for problem in rows_of(args.data, problems)}
        counts = Counts()
        for row in progress(spread(rows_of(args.data, file), args.limit), f"{file}, whole"):
            text, program = statement_of(known.get(row["problem_id"])), row["raw_logic_program"]
            check(counts, row["id"], problem_of([], text), Replying(lambda text, n, wrong, reply=program: reply))
        note("whole", file.removesuffix("_llm_programs"), counts)
    for file, _ in BY_LINE:
        for style, write in STYLES.items():
            counts = Counts()
            for row in progress(spread(rows_of(args.data, file), args.limit), f"{file}, {style}"):
                by_line(counts, row, write)
            note("lines", f"{file.removesuffix('_llm_programs')}, {style}", counts)
    folio = spread(rows_of(args.data, SUITES[0][0]), None)
    problems_of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in folio:
        problems_of[row["problem_id"]].append(row)
    repaired = Counts()
    for rows in progress(spread(list(problems_of.values()), args.limit), "repair"):
        repair(repaired, rows)
    note("repair", "FOLIO: davinci, then GPT-3.5, then GPT-4", repaired)
    for model in MODELS:
        counts = Counts()
        for row in progress(spread([row for row in folio if row["model"] == model], args.limit), "by message"):
            by_message(counts, row)
        note("by_message", f"FOLIO: {model}, mended by the message", counts)
    gpt4 = spread([row for row in folio if row["model"] == "gpt-4"], args.limit)
    for fault, damage in FAULTS.items():
        counts = Counts()
        for row in progress(gpt4, fault):
            damaged(counts, row, damage)
        note("damaged", fault, counts)
    finish("formaliser", figures, tables(shown, figures), args.out, started)


def tables(shown: dict[str, list[list[object]]], figures: dict[str, Any]) -> Iterator[Any]:
    columns = ["replies", "texts", "read", "mended", "given up", "crash", "slip", "given up for"]
    titles = {
        "whole": "Whole programs as the reply about the statement",
        "lines": "Lines of programs as the replies about their sentences",
        "repair": "The repair loop: three models, one after the other",
        "by_message": "The repair loop: a script that does what the message says",
        "damaged": "The same, GPT-4's FOLIO lines in SMT-LIB, damaged",
    }
    for part, title in titles.items():
        yield table(title, columns, shown[part])
    rows = [
        [f"{each['name'].partition(':')[2].strip()}: {kind}", count, each["mended_by_kind"].get(kind, 0)]
        for each in (*figures["repair"], *figures["by_message"])
        for kind, count in each["failed_at_first_by_kind"].items()
    ]
    lines = [[*row, share(int(row[2]), int(row[1]))] for row in rows]
    yield table("What failed at the first try, and was mended", ["kind", "failed", "mended", "share"], lines)


if __name__ == "__main__":
    main()
