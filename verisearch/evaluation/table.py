"""A run's figures as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich import box
from rich.table import Table

from verisearch.evaluation.run import Report

__all__ = ["heading", "percent", "summary_table"]

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
SHARES = {"prove": PROVE_SHARES, "verify": VERIFY_SHARES, "solve": SOLVE_SHARES}


def heading(report: Report) -> str:
    """What was run, in one line."""
    who = f"{report.policy}, {report.strategy} · " if report.policy is not None else ""
    risk = ""
    if report.risk is not None:
        alpha, delta, threshold = (report.risk[name] for name in ("alpha", "delta", "threshold"))
        risk = f" · risk control: α {alpha}, δ {delta}, answers at a score from {threshold}"
    what = f"{report.data_set} · {report.data} · {report.mode}"
    return f"{what} · {who}logic: {report.logic} · solver: {report.solver}{risk}"


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
        low_high = figures.intervals[field]
        interval = f"{percent(low_high[0])} – {percent(low_high[1])}" if low_high else ""
        yield shown, percent(getattr(figures, field)), interval
    if verifying:
        yield "Steps", counts(figures.step_statuses) or "0", ""
        yield "Answers", counts(figures.answer_statuses) or "0", ""
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
    yield "Context sentences read", f"{figures.sentences_read:,} of {figures.sentences:,}", ""
    yield "Errors", counts(figures.error_kinds) or "0", ""


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
