"""``verisearch eval``: a run over a data set."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from click.core import ParameterSource

from verisearch import plugins
from verisearch.cli.formaliser_options import (
    formaliser_options,
    make_reading,
    open_model,
    settles_model,
    workers_for,
)
from verisearch.cli.options import Leap
from verisearch.cli.policy_options import make_policy, make_risk, policy_options
from verisearch.cli.progress import progress_bar
from verisearch.cli.sweep_options import make_arms, sweep_options
from verisearch.symbolic.options import CheckOptions

if TYPE_CHECKING:
    from verisearch.evaluation.arms import Arm
    from verisearch.evaluation.risk import RiskControl
    from verisearch.evaluation.run import Plan, Report
    from verisearch.protocols import DataSet, Policy
    from verisearch.verdict import Logic

__all__ = ["command"]

#: What ``--policy`` is if it isn't given: small, and no formaliser.
DEFAULT_POLICY = "embedded"

#: Errors that are shown below the table; all are in the records.
SHOWN_ERRORS = 5

#: Characters a line of a table with many columns may have where there is no terminal to fill.
WIDE = 180


@click.command("eval")
@click.argument("dataset")
@click.option("--data", required=True, help="File with the rows, or hf:owner/name[:split].")
@click.option(
    "--mode",
    type=click.Choice(["prove", "verify", "solve"]),
    required=True,
    help="prove: answer each problem from its text. verify: check the chains that the rows record. solve: have a "
    "language model write chains, and check those.",
)
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for records and summary."
)
@click.option(
    "--logic",
    type=click.Choice(["rules", "classical", "closed-world"]),
    help="Reading of rules; by default the one that the data set's labels follow, with --formalizer llm classical.",
)
@click.option("--closed-world", is_flag=True, help="The same as --logic closed-world.")
@click.option(
    "--negation",
    type=click.Choice(["derived", "given"]),
    help="Closed world: what 'not' in a condition is looked up in; by default as the data set's labels do.",
)
@click.option("--max-leap", type=Leap(), default=1, show_default=True, help="Longest leap in a verified chain.")
@click.option("--solver", default="z3", show_default=True, help="z3, cvc5, or one that a plug-in adds.")
@click.option("--limit", type=click.IntRange(min=1), help="Take so many rows: the first, or with --seed any.")
@click.option("--seed", type=int, help="Draw the --limit rows at random with this seed; solve: also of all draws.")
@sweep_options
@policy_options
@formaliser_options
@click.option("--concurrency", type=click.IntRange(min=1), default=32, show_default=True,
              help="Solve: problems under way at once.")  # fmt: skip
@click.option("--problems", type=click.Path(), help="File with the problems that recorded model chains are about.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Worker processes; by default one a core, with --formalizer llm at least 8.",
)
@click.option("--resume", is_flag=True, help="Go on with the run in --out, if there is one.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=30.0, show_default=True,
              help="Seconds of wall-clock time for one step.")  # fmt: skip
@click.option("--memory", type=click.FloatRange(min=0.25), default=4.0, show_default=True,
              help="GiB of memory for one worker.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of a table.")
def command(dataset: str, out: Path, workers: int | None, resume: bool, as_json: bool, **given: Any) -> None:
    """Evaluate on DATASET: proofwriter, prontoqa, folio, pararule, entailmentbank, legalbench, pubmedqa, sara; of
    mathematics gsm8k, gsm-hard, gsm-plus, svamp, multiarith, addsub, singleeq, aqua, mathqa, math; of chains whose
    first wrong step is labelled processbench, mr-gsm8k, mr-ben, mr-math, mathcheck, prmbench, math-perturbed,
    bigbench-mistake; or one that a plug-in adds. Settings of its own stand behind its name:
    proofwriter:config=natlang takes only the theories that people paraphrased, sara:statutes=FILE names the file of the
    statutes.

    Writes DIR/records.jsonl (one object for each problem or trace), DIR/summary.json, and DIR/timings.jsonl. A run
    that was stopped, or killed, goes on with --resume where it was; nothing is lost or done twice. What goes wrong
    with one row is in its record (error), and the run goes on. Exit code: 0 when the run is finished, 1 if every row
    failed, 2 if it could not be done.

    Several strategies, verifiers, --n or budgets are compared on the same problems in one run. It draws
    accuracy against compute in DIR/curves-….png (extra: plots) and puts everything on one page, DIR/report.html.
    Intervals are bootstrapped over theories or stories; each strategy is compared to the first, pair by pair.

    Mathematics is checked by the arithmetic formaliser, unless --formalizer names another, and is not proved. Where
    steps are labelled, precision, recall and F1 of the first flagged step are among the figures; where rows have a
    kind, there is a table by kind.

    FOLIO is proved from its gold formulas, since its English is beyond the reader. PARARULE is closed world: what
    does not follow counts as False, and "not" is looked up among the given facts (--negation derived for the
    perfect model of the program instead).

    \b
    Examples:
      verisearch eval proofwriter --data dev.jsonl --mode prove --out runs/dev
      verisearch eval proofwriter --data dev.jsonl --mode verify --out runs/gold-chains
      verisearch eval proofwriter --data cot.jsonl --problems dev.jsonl --mode verify --out runs/cot
      verisearch eval prontoqa --data 5hop.json --mode verify --max-leap any --out runs/5hop
      verisearch eval proofwriter --data dev.jsonl --mode solve --strategy best-of-n --out runs/solve
      verisearch eval proofwriter --data test.jsonl --mode solve --risk risk.json --out runs/answer-or-abstain
      verisearch eval proofwriter --data dev.jsonl --mode solve \\
        --strategy greedy,best-of-n:n=1+4+16:budget=none,latts --budget x1,x2,x4,x8 --out runs/curves
      verisearch eval proofwriter --data dev.jsonl --mode solve --strategy best-of-n,beam --n 4,16 \\
        --verifier symbolic --verifier noisy:0.1 --limit 100 --seed 1 --out runs/noise
      verisearch eval folio --data folio-validation.jsonl --mode prove --out runs/folio
      verisearch eval folio --data cot.jsonl --problems folio-validation.jsonl --mode verify --formalizer llm \\
        --formalizer-policy openai:MODEL@http://127.0.0.1:8000/v1 --recordings calls.sqlite --out runs/folio-cot
      verisearch eval proofwriter:config=natlang --data mixed.jsonl --mode solve --out runs/natlang
      verisearch eval gsm8k --data solutions.jsonl --problems gsm8k_test.jsonl --mode verify --out runs/gsm8k
      verisearch eval processbench --data processbench_gsm8k.jsonl --mode verify --out runs/steps
      verisearch eval sara --data sara_cases.jsonl --mode solve --out runs/sara
    """
    from verisearch.evaluation.run import run
    from verisearch.runtime.machine import cores
    from verisearch.runtime.pool import Pool

    if given["seed"] is not None and given["limit"] is None and given["mode"] != "solve":
        raise click.UsageError("--seed draws rows for --limit: give that too")
    if given["solver"] not in plugins.names("solvers"):
        plugins.load("solvers", given["solver"])  # raises, and says which there are
    data_set = make_data_set(dataset, given["problems"])
    if given["mode"] == "prove" and not getattr(data_set, "proves", True):
        raise click.UsageError(
            f"{dataset.partition(':')[0]} asks for answers, not for the truth of statements, so that there is nothing "
            "to prove: --mode verify checks its recorded chains, --mode solve has new ones written"
        )
    if click.get_current_context().get_parameter_source("formalizer") is ParameterSource.DEFAULT:
        given["formalizer"] = getattr(data_set, "formaliser", given["formalizer"])
    if given["formalizer_policy"] is None and given["policy_spec"] != DEFAULT_POLICY and not given["offline"]:
        given["formalizer_policy"] = given["policy_spec"] if given["formalizer"] == "llm" else None
    plan = make_plan(dataset, data_set, given)
    policy = make_policy(given["policy_spec"]) if plan.arms else None
    parts = [(arm.name, arm.weight) for arm in plan.arms]
    with (
        open_model(given) as model,
        Pool(workers or workers_for(model, cores()), limits=plan.limits, model=model) as pool,
        progress_bar(f"{plan.data_set} {plan.mode}", expected_rows(plan), parts, model) as show,
        closing(policy),
    ):
        if model is not None:
            plan = msgspec.structs.replace(
                plan, formaliser_model=model.name, prompts=model.all_digests(), reply_tokens=given["reply_tokens"]
            )
        try:
            report = run(plan, data_set, out, pool=pool, policy=policy, resume=resume, progress=show)
        except KeyboardInterrupt:
            click.echo(f"The records made so far are in {out}; go on with --resume.", err=True)
            raise
    if report.figures.n == 0 and not report.figures.errors and plan.mode != "verify":
        raise click.ClickException(f"{plan.source} holds no rows: there was nothing to do")
    if report.comparison is not None:
        write_pages(report, out)
    if as_json:
        click.echo((out / "summary.json").read_text(encoding="utf-8"), nl=False)
    else:
        present(report, out)
    if report.figures.errors and report.figures.errors == report.figures.n:
        raise click.exceptions.Exit(1)


def make_data_set(text: str, problems: str | None) -> DataSet:
    """The data set that ``text`` names, with the settings behind its name (``proofwriter:config=natlang``).

    Raises `UnknownNameError`, and `UsageError` for a setting that it doesn't take.
    """
    name, *own = text.split(":")
    kind: Callable[..., DataSet] = plugins.load("datasets", name)
    taken = inspect.signature(kind).parameters
    settings: dict[str, str] = {}
    for each in own:
        key, sign, value = each.partition("=")
        allowed = [known for known in taken if known != "problems"]
        if not sign or not value or key not in allowed:
            offered = f"NAME=VALUE with a name of: {', '.join(allowed)}" if allowed else "no settings of its own"
            raise click.UsageError(f"{text}: {name} takes {offered}")
        settings[key] = value
    if problems is not None:
        if "problems" not in taken:
            raise click.UsageError(f"the data set {name!r} takes no --problems")
        settings["problems"] = problems
    return kind(**settings)


def make_plan(name: str, data_set: DataSet, given: dict[str, Any]) -> Plan:
    """The plan that the options describe."""
    from verisearch.evaluation.run import Plan
    from verisearch.runtime.jobs import Limits

    modelled = settles_model(given)
    usual: Logic = "classical" if modelled else getattr(data_set, "logic", "rules")
    logic: Logic = "closed-world" if given["closed_world"] else given["logic"] or usual
    if modelled and logic == "closed-world":
        raise click.UsageError("--formalizer llm makes first-order formulas: it goes with --logic rules or classical")
    options = CheckOptions(
        logic=logic,
        formaliser=given["formalizer"],
        reading=make_reading(given),
        max_leap=given["max_leap"],
        solver=given["solver"],
        generic_nouns=getattr(data_set, "generic_nouns", ()),
        negation=given["negation"] or getattr(data_set, "negation", "derived"),
    )
    solving = given["mode"] == "solve"
    arms = make_arms(given, options, seed=given["seed"] or 0) if solving else ()
    return Plan(
        policy=given["policy_spec"] if solving else None,
        arms=arms,
        risk=risk_of(given, arms),
        data_set=name,
        source=given["data"],
        mode=given["mode"],
        options=options,
        limit=given["limit"],
        seed=given["seed"],
        problems=given["problems"],
        limits=Limits(seconds=given["timeout"], memory=int(given["memory"] * 1024**3)),
    )


@contextmanager
def closing(policy: Policy | None) -> Iterator[None]:
    """Free the policy, if there is one, at the end."""
    try:
        yield
    finally:
        if policy is not None:
            policy.close()


def risk_of(given: dict[str, Any], arms: Sequence[Arm]) -> RiskControl | None:
    """The risk control that ``--risk`` names. Raises `UsageError` unless one strategy solves."""
    from verisearch.evaluation.run import digest

    if given["risk"] is None:
        return None
    if len(arms) != 1:
        raise click.UsageError("--risk goes with --mode solve, and with one strategy, verifier, n and budget")
    risk = make_risk(given, arms[0].options)
    calibrated = risk.calibrated_on.sha256 if risk is not None else None
    if calibrated is not None and calibrated == digest(given["data"]):
        click.echo("Warning: --risk was calibrated on this very file: the figures are no test of it.", err=True)
    return risk


def expected_rows(plan: Plan) -> int | None:
    """How many rows there are to do, where that can be told by counting lines."""
    path = Path(plan.source)
    if not path.is_file() or path.suffix.lower() not in (".jsonl", ".ndjson"):
        return plan.limit
    with path.open("rb") as file:
        rows = sum(1 for line in file if line.strip())
    return rows if plan.limit is None else min(rows, plan.limit)


def present(report: Report, out: Path) -> None:
    """Print the table, and the first errors by name."""
    from rich.console import Console

    from verisearch.evaluation.comparison import seconds_of
    from verisearch.evaluation.comparison_table import comparison_tables
    from verisearch.evaluation.record import Record, Timing
    from verisearch.evaluation.table import heading, kinds_table, summary_table
    from verisearch.runtime.records import read_records

    console = Console(highlight=False)
    console.print(heading(report), markup=False, soft_wrap=True)
    by_kind = kinds_table(report)
    if report.comparison is None:
        console.print(summary_table(report))
    if not console.is_terminal:
        console.width = WIDE
    if report.comparison is None and by_kind is not None:
        console.print(by_kind)
    if report.comparison is not None:
        for table in comparison_tables(report.comparison, seconds_of(out)):
            console.print(table)
    if report.mode == "verify" and report.figures.n == 0:
        console.print("No row records a trace: there was nothing to verify.")
    shown = 0
    for record in read_records(out / "records.jsonl", Record) if report.figures.errors else ():
        if record.error is not None and shown < SHOWN_ERRORS:
            console.print(f"{record.id}: {record.error_kind}: {record.error}", markup=False, soft_wrap=True)
            shown += 1
    if report.figures.errors > shown:
        console.print(f"… and {report.figures.errors - shown} more errors; all are in the records.")
    if report.formaliser_model is not None:
        hits = sum(timing.recorded_calls for timing in read_records(out / "timings.jsonl", Timing))
        console.print(
            f"Answered before (by recordings, or in this run), not by the model: {hits:,} of its calls", soft_wrap=True
        )
    console.print(f"Records: {out / 'records.jsonl'}", markup=False, soft_wrap=True)
    if report.comparison is not None:
        console.print(f"Report: {out / 'report.html'}", markup=False, soft_wrap=True)


def write_pages(report: Report, out: Path) -> None:
    """Draw the curves of a comparison, and write its page; without matplotlib the page alone."""
    from verisearch.errors import MissingExtraError
    from verisearch.evaluation.comparison import seconds_of
    from verisearch.evaluation.table import heading
    from verisearch.report.comparison import render_comparison
    from verisearch.report.curves import draw
    from verisearch.runtime.records import write_whole

    assert report.comparison is not None
    seconds, curves, lacking = seconds_of(out), {}, ""
    try:
        curves = draw(report.comparison, seconds)
    except MissingExtraError as error:
        lacking = f"No curves are drawn: {error}; then go on with --resume, which does nothing again."
        print(lacking, file=sys.stderr)
    for axis, image in curves.items():
        write_whole(out / f"curves-{axis}.png", image)
    facts = {
        "Run": heading(report),
        "Errors": f"{report.figures.errors:,} of {report.figures.n:,} records",
        "Verified": "any leap" if report.max_leap is None else f"leaps of at most {report.max_leap}",
    }
    title = f"Accuracy against compute: {report.data_set}"
    page = render_comparison(report.comparison, seconds, curves, title=title, facts=facts, no_curves=lacking)
    write_whole(out / "report.html", page.encode())
