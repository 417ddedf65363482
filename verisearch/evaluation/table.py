"""A run's figures as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich import box
from rich.markup import escape
from rich.table import Table

from verisearch.evaluation.located import LabelFigures
from verisearch.evaluation.run import Report
from verisearch.symbolic.formaliser import ARITHMETIC
from verisearch.symbolic.options import CheckOptions

__all__ = ["heading", "kinds_table", "percent", "summary_table"]

#: Field of the summary, and what it is called.
PROVE_SHARES = {"accuracy": "Accuracy"}
VERIFY_SHARES = {
    "accuracy": "Accuracy of the answers",
    "pass_rate": "Pass rate (all claims entailed)",
    "precision": "Precision (accuracy among passing)",
    "vcar": "VCAR (passing and correct)",
    "verified_rate": "Verified",
    "verified_precision": "Precision among verified",
    "verified_vcar": "Verified and correct",
}
SOLVE_SHARES = {
    "coverage": "Coverage (answered)",
    "selective_accuracy": "Selective accuracy (accuracy among answered)",
    **VERIFY_SHARES,
}
#: The same without what rests on commonsense; shown where a language model formalises.
STRICT_SHARES = {
    "strict_pass_rate": "Pass rate without commonsense",
    "strict_precision": "Precision without commonsense",
    "strict_vcar": "VCAR without commonsense",
}
#: Field of the figures on labelled steps, and what it is called; and on chains.
STEP_SHARES = {
    "first_error_accuracy": "First error: accuracy",
    "erroneous_accuracy": "First error: recall (flagged there)",
    "recall_after": "… flagged there or later",
    "faultless_accuracy": "Faultless chains without a flag",
    "precision_exact": "First flag: precision (at the error)",
    "precision_after": "… there or later",
}
CHAIN_SHARES = {
    "chain_precision": "Chains with an error: precision",
    "chain_recall": "Chains with an error: recall",
}
#: Columns of the table by kind: a field of a kind's figures, and of those on its labels.
KIND_COLUMNS = {"accuracy": "Accuracy", "pass_rate": "Pass rate"}
KIND_LABELS = {
    "erroneous_accuracy": "Recall",
    "recall_after": "Recall, or later",
    "faultless_accuracy": "Faultless",
    "f1": "F1",
    "precision_exact": "Precision",
    "precision_after": "Precision, or later",
}
SHARES = {"prove": PROVE_SHARES, "verify": VERIFY_SHARES, "solve": SOLVE_SHARES}


def heading(report: Report) -> str:
    """What was run, in one line."""
    who = f"{report.policy}, {report.strategy} · " if report.policy is not None else ""
    risk = ""
    if report.risk is not None:
        alpha, delta, threshold = (report.risk[name] for name in ("alpha", "delta", "threshold"))
        risk = f" · risk control: α {alpha}, δ {delta}, answers at a score from {threshold}"
    what = f"{report.data_set} · {report.data} · {report.mode}"
    reader = "" if report.formaliser == CheckOptions().formaliser else f"formalizer: {report.formaliser} · "
    logic = "" if report.formaliser == ARITHMETIC else f"logic: {report.logic} · "
    return f"{what} · {who}{reader}{logic}solver: {report.solver}{risk}"


def summary_table(report: Report) -> Table:
    """What came of a run."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("", justify="right")
    table.add_column("95 % interval", justify="right")
    for name, value, interval in lines(report):
        table.add_row(name, value, interval)
    return table


def lines(report: Report) -> Iterator[tuple[str, str, str]]:
    """The rows of the table."""
    figures = report.figures
    verifying = report.mode != "prove"
    yield ("Traces" if report.mode == "verify" else "Problems"), f"{figures.n:,}", ""
    if report.rows_without_trace:
        yield "Rows without a trace, left aside", f"{report.rows_without_trace:,}", ""
    modelled = verifying and report.formaliser_model is not None
    for field, name in {**SHARES[report.mode], **(STRICT_SHARES if modelled else {})}.items():
        limit = "any leap" if report.max_leap is None else f"leaps ≤ {report.max_leap}"
        shown = f"{name} ({limit})" if field == "verified_rate" else name
        yield shown, percent(getattr(figures, field)), between(figures.intervals[field])
    if verifying:
        yield "Steps", counts(figures.step_statuses) or "0", ""
        yield "Answers", counts(figures.answer_statuses) or "0", ""
        yield from label_lines(figures.labels)
    if figures.undecided_answers:
        yield "Answers that may equal gold (count as wrong)", f"{figures.undecided_answers:,}", ""
    if modelled:
        yield "Premises of what follows", counts(figures.premise_sources) or "0", ""
        calls = figures.usage.get("formaliser_calls", 0)
        yield "Model calls", f"{calls:,}", ""
        if figures.steps:
            yield "Model calls a step", f"{calls / figures.steps:.2f}", ""
        if figures.n:
            yield "Model tokens a trace", f"{figures.usage.get('formaliser_tokens', 0) / figures.n:,.0f}", ""
    if report.mode != "verify":
        for gold, row in figures.predictions.items():
            yield f"Gold {gold}: predicted", counts(row), ""
    if report.mode == "solve":
        yield "Abstained", f"{figures.abstained:,}", ""
        yield "Tokens generated", f"{figures.usage.get('generated_tokens', 0):,}", ""
    if figures.sentences:
        yield "Context sentences read", f"{figures.sentences_read:,} of {figures.sentences:,}", ""
    yield "Errors", counts(figures.error_kinds) or "0", ""


def label_lines(labels: LabelFigures | None) -> Iterator[tuple[str, str, str]]:
    """The rows on labelled chains."""
    if labels is None:
        return
    if labels.step_labelled:
        some = f"{labels.erroneous:,} with an error\n{labels.flagged:,} flagged"
        yield "Chains with labelled steps", f"{labels.step_labelled:,}\n{some}", ""
        yield "First error: F1 (ProcessBench)", percent(labels.f1), ""
    shown = {**(STEP_SHARES if labels.step_labelled else {}), **CHAIN_SHARES}
    for field, name in shown.items():
        yield name, percent(getattr(labels, field)), between(labels.intervals[field])


def kinds_table(report: Report) -> Table | None:
    """The figures by kind, a row each; None if there are no kinds."""
    kinds = report.figures.kinds
    if not kinds:
        return None
    stepwise = any(each.labels is not None and each.labels.step_labelled for each in kinds.values())
    columns = {
        field: name
        for field, name in KIND_COLUMNS.items()
        if field in SHARES[report.mode] and any(getattr(each, field) is not None for each in kinds.values())
    }
    labels = KIND_LABELS if stepwise else {}
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Kind", overflow="fold")
    for name in ("Traces" if report.mode == "verify" else "Problems", *columns.values(), *labels.values()):
        table.add_column(name, justify="right", no_wrap=True)
    for kind, figures in kinds.items():
        own = [percent(getattr(figures, field)) for field in columns]
        own += [percent(getattr(figures.labels, field, None)) for field in labels]
        table.add_row(escape(kind), f"{figures.n:,}", *own)
    return table


def between(interval: tuple[float, float] | None) -> str:
    """An interval in per cent."""
    return f"{percent(interval[0])} – {percent(interval[1])}" if interval else ""


def counts(numbers: Mapping[str, int]) -> str:
    """Counts, the largest first, one on a line."""
    ranked = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    return "\n".join(f"{name} {number:,}" for name, number in ranked)


def percent(share: float | None) -> str:
    """A share in per cent; 100 % and 0 % only if it is all or none."""
    if share is None:
        return "–"
    shown = round(100 * share, 1)
    if share < 1:
        shown = min(shown, 99.9)
    if share > 0:
        shown = max(shown, 0.1)
    return f"{shown:.1f} %"
