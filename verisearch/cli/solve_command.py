"""``verisearch solve``: a model writes a chain, the solver judges every step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verisearch.cli.formaliser_options import formaliser_options, open_model
from verisearch.cli.options import (
    EXIT_CODES,
    GIB,
    Leap,
    OutputFile,
    check_options,
    make_check,
    options_for,
    write_output,
)
from verisearch.cli.policy_options import make_policy, make_risk, make_solve_options, policy_options, search_options

if TYPE_CHECKING:
    from verisearch.protocols import Score
    from verisearch.runtime.engine import Event, Listener
    from verisearch.runtime.solving import Solution, SolveOptions
    from verisearch.trace import Problem

__all__ = ["command"]

#: Strategies that write a single chain.
SINGLE = ("greedy", "sample")


@click.command("solve")
@click.argument("statement", required=False)
@click.option("--context", help="What is known: a file or the text itself; - for standard input.")
@click.option("--question", help="The question, if STATEMENT isn't given: a file or the text itself.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is drawn at random.")
@click.option("--max-leap", type=Leap(), default=1, show_default=True, help="Longest leap in a verified chain.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True, help="Output."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--detail", is_flag=True, help="Text: formulas, premises and counter-models of every claim.")
@click.option("--out", type=OutputFile(), help="Write to a file.")
@click.option(
    "--html",
    "page",
    type=OutputFile(),
    help="Write a page with the search tree to a file, beside the other output.",
)
@search_options
@policy_options
@check_options
@formaliser_options
def command(
    statement: str | None, form: str, as_json: bool, out: Path | None, page: Path | None, detail: bool, **given: Any
) -> None:
    """Have a language model reason about STATEMENT step by step, every step checked by the solver.

    Who writes is --policy: by default the package's own small model, which knows the English of facts and rules and
    runs on any computer (pip install 'verisearch[local]'); another model, vLLM, or a server.

    The search is shown while it goes on: a single chain step by step, a tree of branches on standard error (drawn in
    place on a terminal, a line for each score elsewhere). --html keeps the whole tree.

    Exit code: 0 the chain is verified (every claim entailed, no leap above --max-leap, the answer proved), 1 a claim is
    contradicted or ungrounded, 3 neither can be said, 4 abstained: the strategy or --risk gives no answer, 2 error.

    \b
    Examples:
      verisearch solve "Bob is nice." --context "Bob is kind. Kind people are nice."
      verisearch solve "Bob is nice." --context theory.txt --strategy best-of-n --n 16 --seed 7
      verisearch solve "Bob is nice." --context theory.txt --strategy latts --set draws=16
      verisearch solve "Bob is nice." --context theory.txt --strategy multifurcation --set reward=child --n 4
      verisearch solve "Bob is nice." --context theory.txt --strategy reflect --set rounds=2 --policy smollm2
      verisearch solve "Bob is nice." --context theory.txt --strategy latts --set fallbacks=abstain
      verisearch solve "A meal costs $5. What do 7 meals cost?" --strategy mathprompter --policy smollm2
      verisearch solve "Bob is nice." --context theory.txt --risk risk.json
      verisearch solve --context problem.txt --policy openai:my-model@http://127.0.0.1:8000/v1
      verisearch solve "Bob is nice." --context theory.txt --strategy mcts --html search.html
    """
    import msgspec

    from verisearch.ingest.reader import read_problem
    from verisearch.runtime.jobs import Limits
    from verisearch.runtime.pool import Pool
    from verisearch.runtime.solving import as_asked, solve_all

    form = "json" if as_json else form
    check = make_check(given, given["max_leap"])
    problem = read_problem(given["context"], given["question"], statement=statement)
    if not ((problem.statement or "").strip() or problem.question):
        raise click.UsageError("give the STATEMENT to reason about, or a --question")
    text = form == "text" and out is None
    single = given["strategy"].partition(":")[0] in SINGLE
    options = make_solve_options(given, check, seed=given["seed"], watch=text and single)
    problem = as_asked(problem, options)
    options = msgspec.structs.replace(options, check=options_for(problem, options.check))
    risk = make_risk(given, options)
    policy = make_policy(given["policy_spec"])
    shown = Shown(detail) if text and single else None
    limits = Limits(seconds=given["timeout"], memory=int(given["memory"] * GIB))
    try:
        with (
            open_model(given) as model,
            Pool(1, limits=limits, model=model) as pool,
            growing(problem, given["strategy"], single, text) as tree,
        ):
            solution = next(solve_all([problem], policy, options, pool=pool, listener=shown or tree))
    finally:
        policy.close()
    if risk is not None:
        solution = risk.applied(solution)
    if page is not None:
        write_output(search_page(solution, given["policy_spec"], options), page)
    if solution.error is not None:
        raise click.ClickException(solution.error)
    if text:
        (shown or Shown(detail)).finish(solution)
    elif form == "html":
        write_output(search_page(solution, given["policy_spec"], options), out)
    else:
        write_output(rendered(solution, form, detail), out)
    sys.exit(exit_code(solution))


@contextmanager
def growing(problem: Problem, strategy: str, single: bool, text: bool) -> Iterator[Listener | None]:
    """What to call with the events of a search so that its tree is seen to grow on standard error; None where a single
    chain is shown instead, or there is neither a terminal nor anybody who reads text."""
    from verisearch.report.terminal import make_console

    console = make_console(sys.stderr)
    if (single and text) or not (text or console.is_terminal):
        yield None
        return
    from verisearch.report.branches import GrowingTree

    with GrowingTree(console, f"{strategy}: {problem.statement or problem.question or ''}") as tree:
        yield lambda problem, event, scores: tree.add(event)


def search_page(solution: Solution, policy: str, options: SolveOptions) -> str:
    """The page with the search tree and the chosen chain."""
    from verisearch.report.searched import searched_solution
    from verisearch.report.searchpage import render_search

    return render_search(searched_solution(solution, policy, options))


class Shown:
    """Shows a chain on the terminal, each step as soon as it is judged."""

    def __init__(self, detail: bool, file: Any = None) -> None:
        from verisearch.report.terminal import make_console

        self.console = make_console(file)
        self.detail = detail
        self.chain: Any = None

    def __call__(self, problem: Problem, event: Event, scores: tuple[Score, ...]) -> None:
        verdict = scores[0].verdict if scores else None
        if verdict is not None and not verdict.answer:
            self.started(problem).show(verdict)

    def started(self, problem: Problem) -> Any:
        from verisearch.report.terminal import GrowingChain

        if self.chain is None:
            self.chain = GrowingChain(self.console, problem, detail=self.detail)
        return self.chain

    def finish(self, solution: Solution) -> None:
        """The rest of the chain, the verdict on the whole, the rounds that led to it, and what it cost."""
        if solution.verdict is not None:
            self.started(solution.problem).finish(solution.verdict)
        elif solution.trace is not None:
            self.console.print(solution.trace.raw)
        if solution.status.value == "abstained":
            kept = f" The chain's own, {solution.withheld}, is withheld." if solution.withheld is not None else ""
            line = f"ABSTAINED  No answer is given: {solution.note}.{kept}"
            self.console.print(line, style="bold yellow", soft_wrap=True)
        if any("revise" in event for event in solution.events):
            from verisearch.report.rounds import write_rounds
            from verisearch.report.searchtree import SearchTree

            write_rounds(self.console, SearchTree(solution.events))
        for line in remarks(solution):
            self.console.print(line, style="dim", soft_wrap=True)


def remarks(solution: Solution) -> list[str]:
    """How the chain came about."""
    usage, many = solution.usage, len(solution.candidates)
    lines = [f"note: {solution.note}"] if solution.note and solution.status.value != "abstained" else []
    lines += [f"risk control: {solution.risk}"] if solution.risk else []
    if many and not stepwise(solution):
        same = sum(candidate.answer == solution.answer for candidate in solution.candidates)
        lines.append(f"strategy: {solution.strategy}; {same} of {many} conclusions give this answer")
    elif many > 1:
        held = sum(candidate.verified for candidate in solution.candidates)
        lines.append(f"strategy: {solution.strategy}; {held} of {many} chains verified")
    else:
        lines.append(f"strategy: {solution.strategy}")
    lines[-1] += (
        f"; tokens: {usage.generated_tokens:,} generated ({usage.discarded_tokens:,} discarded), "
        f"{usage.prompt_tokens:,} read ({usage.cached_tokens:,} from the cache)"
    )
    return lines


def stepwise(solution: Solution) -> bool:
    """Whether the candidates are chains of steps."""
    from verisearch.runtime.solving import settings_of

    return solution.options is None or settings_of(solution.options).stepwise


def rendered(solution: Solution, form: str, detail: bool) -> str:
    """The solution as JSON or as text."""
    if form == "json":
        import msgspec

        return msgspec.json.format(msgspec.json.encode(solution)).decode()
    import io

    buffer = io.StringIO()
    Shown(detail, buffer).finish(solution)
    return buffer.getvalue()


def exit_code(solution: Solution) -> int:
    """0 verified, 4 abstained, 1 invalid, 3 none of these."""
    if solution.verified:
        return EXIT_CODES["valid"]
    if solution.status.value == "abstained":
        return EXIT_CODES["abstained"]
    status = solution.verdict.status.value if solution.verdict is not None else "unverified"
    return EXIT_CODES[status] or EXIT_CODES["unverified"]
