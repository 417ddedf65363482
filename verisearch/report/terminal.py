"""Verdicts on the terminal: one line a step, the reasons under those that fail, a summary at the end.

Nothing but text and indentation carries the layout, so that it stays readable in a pipe; colour only repeats what a
mark and a word already say.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO

from rich.console import Console
from rich.text import Text

from verisearch.report.text import counted, one_line
from verisearch.report.words import (
    KINDS,
    OUTCOMES,
    STATUSES,
    TRACE_STATUSES,
    Labels,
    answer_sentence,
    basis,
    cost_facts,
    facts,
    grants,
    headline,
    leap_phrase,
    modulo,
    not_needed,
    refusal,
    refusals,
    remarks,
    unread_phrase,
    verified_sentence,
    why,
)
from verisearch.trace import Problem
from verisearch.verdict import (
    ClaimVerdict,
    CounterModel,
    Outcome,
    Premise,
    Proof,
    Status,
    TraceVerdict,
    UnreadSentence,
    Verdict,
)

__all__ = ["GrowingChain", "make_console", "render", "render_proof"]

#: Longest step text shown without ``detail``, in characters.
TEXT_LIMIT = 300
#: Width of lines where there is no terminal to ask.
PIPED_WIDTH = 100
#: Narrower consoles are treated as this wide: below it nothing readable fits.
LEAST_WIDTH = 40
#: Columns taken by the number, the mark and the status word of a step.
STATUS_COLUMN = max(len(words.word) for words in STATUSES.values())

STYLES: dict[str, str] = {
    "entailed": "green",
    "contradicted": "bold red",
    "ungrounded": "bold yellow",
    "untranslatable": "magenta",
    "undecided": "cyan",
    "no-claim": "dim",
    "valid": "bold green",
    "invalid": "bold red",
    "unverified": "bold yellow",
    "true": "bold green",
    "false": "bold red",
    "unknown": "bold yellow",
    "inconsistent": "bold red",
}


def make_console(file: IO[str] | None = None, width: int | None = None) -> Console:
    """A console for ``file`` (default: standard output), as `render` wants it.

    Colour only on a terminal and without ``NO_COLOR``; where there is no terminal, lines are ``width``, the
    environment's ``COLUMNS`` or 100 characters long.
    """
    console = Console(file=file, width=width, highlight=False, markup=False, emoji=False)
    if width is None and not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPED_WIDTH
    return console


class Writer:
    """Writes lines with a hanging indent to a console, and nothing that its encoding lacks."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = max(LEAST_WIDTH, console.width)
        self.ascii = not console.encoding.lower().startswith("utf")

    def encodable(self, text: str) -> str:
        """``text`` with characters that the output can't hold written as escapes."""
        encoding = self.console.encoding
        return text.encode(encoding, "backslashreplace").decode(encoding) if self.ascii else text

    def line(self, body: str | Text = "", *, head: str | Text = "", style: str = "") -> None:
        """``body``, wrapped, right of ``head``; further lines are indented to the width of ``head``."""
        first = head if isinstance(head, Text) else Text(head)
        rest = Text(self.encodable(body), style=style) if isinstance(body, str) else body
        if first.cell_len > self.width // 2:
            first, rest = self.run_on(first, rest)
        indent = first.cell_len
        rows = rest.wrap(self.console, self.width - indent) if rest.plain else [Text()]
        for number, row in enumerate(rows):
            row.rstrip()
            start = first if number == 0 else Text(" " * indent if row.plain else "")
            whole = Text.assemble(start, row)
            whole.rstrip()
            self.console.print(whole, soft_wrap=True, highlight=False)

    def run_on(self, head: Text, body: Text) -> tuple[Text, Text]:
        """Where the console is too narrow for columns: a small indent, and the rest of ``head`` as text."""
        spaces = len(head.plain) - len(head.plain.lstrip())
        return Text(" " * min(spaces, self.width // 4)), Text.assemble(head[spaces:], body)

    def title(self, status: str, sentence: str, under: str = "") -> None:
        """A status in capitals, ``under`` which condition, and what it means."""
        told = f"{status.upper()}, {under}" if under else status.upper()
        self.line(sentence, head=Text(f"{told}  ", style=STYLES.get(status, "bold")))


def render(console: Console, verdict: TraceVerdict, detail: bool = False) -> None:
    """Print the verdict on a trace to ``console``.

    One line a step: its status, its text and what it rests on; under it why it fails. Then the answer, what was
    not read, and a summary with the logic, formaliser and cost. ``detail`` adds formulas, the premises' texts,
    leaps and counter-models of every claim.
    """
    width = max([1, *(len(str(step.step.index + 1)) for step in verdict.steps)])
    GrowingChain(console, verdict.problem, detail=detail, number_width=width).finish(verdict)


class GrowingChain:
    """A chain that is shown while it is written: each step once, as soon as it has a verdict."""

    def __init__(self, console: Console, problem: Problem, *, detail: bool = False, number_width: int = 2) -> None:
        self.out = Writer(console)
        self.problem, self.detail, self.number_width = problem, detail, number_width
        self.titled = False
        self.shown = 0

    def show(self, verdict: TraceVerdict) -> None:
        """Print the steps that are new in ``verdict``."""
        if not self.titled:
            self.titled = True
            write_problem(self.out, self.problem)
            self.out.line()
        labels = Labels(verdict)
        for step in verdict.steps[self.shown :]:
            write_step(self.out, step, labels, self.number_width, self.detail)
        self.shown = max(self.shown, len(verdict.steps))

    def finish(self, verdict: TraceVerdict) -> None:
        """Print what is left: the last steps, the answer, what was not read, the summary."""
        out, labels = self.out, Labels(verdict)
        self.show(verdict)
        if verdict.answer:
            write_answer(out, verdict, labels, self.number_width, self.detail)
        if verdict.steps or verdict.answer:
            out.line()
        write_unread(out, verdict.unread)
        if unneeded := not_needed(verdict):
            out.line(unneeded, head="not needed: ", style="dim")
        if not self.detail:
            write_readings(out, verdict, labels)
        for note in verdict.notes:
            out.line(one_line(note), head="note: ")
        write_summary(out, verdict)


def write_readings(out: Writer, verdict: TraceVerdict, labels: Labels) -> None:
    """What a language model read the premises as, each once: whoever doubts a verdict looks here first."""
    claims = [claim for step in verdict.steps for claim in step.claims]
    for premise in dict.fromkeys(premise for claim in claims for premise in claim.premises):
        if premise.read_as:
            out.line(one_line(premise.read_as), head=f"{labels.premise(premise)} read as: ", style="dim")


def write_problem(out: Writer, problem: Problem) -> None:
    name = problem.id or "trace"
    question = problem.statement or problem.question
    head = Text(out.encodable(one_line(name)), style="bold")
    out.line(f": {one_line(question)}" if question else "", head=head)


# --- steps and claims -------------------------------------------------------------------------------------------
def write_step(out: Writer, step: Verdict, labels: Labels, number_width: int, detail: bool) -> None:
    limit = None if detail else TEXT_LIMIT
    single = len(step.claims) == 1
    body = Text(out.encodable(one_line(step.step.text, limit)))
    if single:
        add_basis(out, body, step.claims[0], labels)
    head = status_head(out, str(step.step.index + 1).rjust(number_width), step.status)
    out.line(body, head=head)
    indent = head.cell_len
    if single:
        write_claim_notes(out, step.claims[0], labels, indent, detail)
    for number, claim in enumerate(step.claims if not single else ()):
        write_claim(out, labels.claim(step.step.index, number), claim, labels, indent, detail)
    if detail and step.solver_calls:
        effort = f"{step.solver}: {step.solver_calls:,} calls, effort {step.solver_effort:,}"
        out.line(effort, head=" " * indent, style="dim")


def status_head(out: Writer, number: str, status: Status) -> Text:
    """``  3  ✗ contradicted  ``."""
    words = STATUSES[status]
    mark = words.ascii if out.ascii else words.mark
    head = Text(f"{number}  ")
    head.append(f"{mark} {words.word.ljust(STATUS_COLUMN)}", style=STYLES[status.value])
    return head.append("  ")


def add_basis(out: Writer, body: Text, claim: ClaimVerdict, labels: Labels) -> None:
    """Append what the claim rests on, and its leap if above one."""
    parts = [basis(claim, labels)]
    if (claim.leap or 0) > 1:
        parts.append(f"leap {claim.leap}")
    told = "; ".join(part for part in parts if part)
    if told:
        body.append(out.encodable(f" ({told})"), style="dim")


def write_claim(out: Writer, label: str, claim: ClaimVerdict, labels: Labels, indent: int, detail: bool) -> None:
    """One of several claims of a step, on a line of its own."""
    words = STATUSES[claim.status]
    head = Text(" " * indent)
    head.append(f"{words.ascii if out.ascii else words.mark} ", style=STYLES[claim.status.value])
    head.append(f"{label.rsplit(' ', 1)[-1]} ", style="dim")
    body = Text(out.encodable(one_line(claim.text, None if detail else TEXT_LIMIT)))
    if claim.status is not Status.ENTAILED:
        body.append(f" [{words.word}]", style=STYLES[claim.status.value])
    add_basis(out, body, claim, labels)
    out.line(body, head=head)
    write_claim_notes(out, claim, labels, head.cell_len, detail)


def write_claim_notes(out: Writer, claim: ClaimVerdict, labels: Labels, indent: int, detail: bool) -> None:
    """What it was read as, why it failed and what qualifies it; with ``detail`` all there is to know about it."""
    space = " " * indent
    if claim.read_as:
        out.line(one_line(claim.read_as, None if detail else TEXT_LIMIT), head=f"{space}read as: ", style="cyan")
    if claim.status is not Status.ENTAILED or detail:
        for text in why(claim):
            out.line(one_line(text), head=f"{space}- ")
    for remark in remarks(claim, labels):
        out.line(one_line(remark), head=f"{space}- ")
    write_refused(out, claim, space, detail)
    if not detail:
        return
    if claim.kind in KINDS:
        out.line(KINDS[claim.kind], head=f"{space}- ", style="dim")
    if claim.formula:
        out.line(one_line(claim.formula), head=f"{space}  formula: ", style="cyan")
    write_premises(out, claim.premises, labels, space)
    if claim.leap is not None:
        out.line(leap_phrase(claim.leap), head=f"{space}  leap: ")
    write_counter_model(out, claim.counter_model, space)


def write_refused(out: Writer, claim: ClaimVerdict, space: str, detail: bool) -> None:
    """What was named for a claim in vain: with ``detail`` all of it, else the first, where the claim failed."""
    if not claim.refused or not (detail or claim.status is not Status.ENTAILED):
        return
    shown, left = (claim.refused, 0) if detail else (claim.refused[:1], len(claim.refused) - 1)
    first = f"; the first (--detail shows {left} more)" if left else ""
    out.line(f"{refusals(claim)}{first}:", head=f"{space}- ")
    for each in shown:
        out.line(one_line(refusal(each), None if detail else TEXT_LIMIT), head=f"{space}  - ", style="dim")


def write_premises(out: Writer, premises: Iterable[Premise], labels: Labels, space: str) -> None:
    for premise in premises:
        out.line(one_line(premise.text), head=f"{space}  {labels.premise(premise)}: ", style="dim")
        if premise.read_as:
            out.line(one_line(premise.read_as), head=f"{space}    read as: ", style="dim")


def write_counter_model(out: Writer, model: CounterModel | None, space: str) -> None:
    """The literals of a counter-model."""
    for literal in model.literals if model else ():
        value = "true" if literal.value else "false"
        out.line(one_line(literal.text), head=f"{space}  {value.ljust(5)}  ", style="dim")


# --- answer and summary -----------------------------------------------------------------------------------------
def write_answer(out: Writer, verdict: TraceVerdict, labels: Labels, number_width: int, detail: bool) -> None:
    """The final answer's line, in the columns of the steps."""
    answer = verdict.answer
    if answer is None:
        return
    head = status_head(out, "=".rjust(number_width), answer.claim.status)
    body = Text(out.encodable(f"Answer: {one_line(answer.given)}"))
    body.append(f" (context: {answer.proved.value})", style="dim")
    add_basis(out, body, answer.claim, labels)
    out.line(body, head=head)
    write_claim_notes(out, answer.claim, labels, head.cell_len, detail)


def write_unread(out: Writer, unread: Iterable[UnreadSentence]) -> None:
    for sentence in unread:
        text = f"context {sentence.index + 1}: {one_line(sentence.text, TEXT_LIMIT)}"
        out.line(f"{text} ({one_line(unread_phrase(sentence))})", head="not read: ")


def write_summary(out: Writer, verdict: TraceVerdict) -> None:
    sentence = f"{TRACE_STATUSES[verdict.status]}. {headline(verdict)}"
    out.title(verdict.status.value, sentence, modulo(verdict))
    for premise, uses in grants(verdict):
        out.line(f"{one_line(premise.text)} (used by {uses})", head=f"{premise.label}: ")
    out.line(one_line(verified_sentence(verdict)))
    if verdict.answer:
        out.line(one_line(answer_sentence(verdict.answer)))
    write_facts(out, facts(verdict))


def write_facts(out: Writer, rows: list[tuple[str, str]]) -> None:
    """The logic on a line of its own, the rest run on."""
    (name, logic), *others = rows
    out.line(f"{name}: {logic}", style="dim")
    out.line(one_line("; ".join(f"{name}: {value}" for name, value in others)), style="dim")


def render_proof(console: Console, proof: Proof, detail: bool = False) -> None:
    """Print what a context says of a statement: the outcome, the premises behind it and the cost.

    ``detail`` adds the formula and the literals of the counter-model.
    """
    out = Writer(console)
    labels = Labels()
    out.line(one_line(proof.statement), head="Statement: ")
    depth = f", in a proof {counted(proof.depth, 'rule')} deep" if proof.depth is not None else ""
    out.title(proof.outcome.value, f"{OUTCOMES[proof.outcome]}{depth}.")
    if proof.formula and detail:
        out.line(one_line(proof.formula), head="formula: ", style="cyan")
    write_premises(out, proof.premises, labels, "")
    counter = proof.counter_model
    for text in dict.fromkeys((proof.reason, counter.text if counter else "")):
        if text:
            out.line(one_line(text), head="- ")
    if detail or proof.outcome is Outcome.UNKNOWN:
        write_counter_model(out, counter, "")
    write_unread(out, proof.unread)
    write_facts(out, cost_facts(proof.logic, proof.formaliser, proof.usage))
