"""Token control from a run's records: the score to stop drawing at, for at most so many tokens a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from verisearch.errors import InputError
from verisearch.evaluation.record import Record
from verisearch.evaluation.risk.control import governing, usable_settings
from verisearch.evaluation.risk.selective import even_grid
from verisearch.evaluation.risk.tokens import Spending, StoppingRule, control_tokens, stopping_tokens
from verisearch.runtime.records import RECORDS, read_records
from verisearch.search.chains import usable

__all__ = ["TokenControl", "control_run", "spending_of"]

#: Strategies that draw all ``n`` chains and score each: what another threshold would have cost is in their records.
DRAWS_ALL = ("best-of-n", "weighted-best-of-n")


class TokenControl(msgspec.Struct, frozen=True, kw_only=True):
    """A stopping rule, and what it was found on: ``n`` chains a question at most, as the run drew them; ``failed`` rows
    of the run came to nothing, and are no evidence."""

    rule: StoppingRule
    n: int
    policy: str | None
    verifier: str
    failed: int = 0

    @property
    def settings(self) -> str:
        """The options of ``verisearch solve`` or ``eval`` that follow the rule; empty if nothing can be promised."""
        rule = self.rule
        if rule.threshold is None:
            return ""
        return f"--strategy early-stopping --n {self.n} --set tau={rule.threshold:g} --budget {rule.maximum:g}"

    def told(self) -> str:
        """The guarantee, its assumptions and how to use it, in words."""
        who = f"Calibrated on chains of {self.policy or 'an unnamed policy'}, scored by {self.verifier}."
        use = [f"Solve with {self.settings}, and the same policy, verifier and settings."] if self.settings else []
        lost = [f"{self.failed} rows of the run failed and are left out."] if self.failed else []
        return "\n".join((who, self.rule.guarantee(), *lost, *use))


def control_run(folder: Path, budget: float, maximum: int, *, seed: int = 0, independent: bool = False) -> TokenControl:
    """The strictest score at which ``early-stopping`` may stop and still take at most ``budget`` tokens on average.

    ``folder``: a finished ``eval --mode solve`` run of best-of-n, whose chains are those that early stopping draws one
    after the other; thresholds are 1, 0.99, ... 0. ``maximum``: the most tokens that a question may take; it is the
    budget to solve with, and what a question took beyond it doesn't count. See `control_tokens` for the promise.

    Raises `InputError` for a run that isn't one of these or had a token budget of its own, and for bad numbers;
    `RecordError` if its files can't be read.
    """
    if maximum <= 0:
        raise InputError(f"maximum is {maximum}: need a positive number of tokens")
    run = usable_settings(folder)
    own = run["arms"][0]["options"]
    settings = own["settings"]
    if own["strategy"] not in DRAWS_ALL or settings.get("stop_at_first_verified"):
        raise InputError(
            f"the run in {folder} doesn't draw and score all of its n chains, so that what another threshold would "
            "have cost can't be told: give one of --strategy best-of-n"
        )
    if any(limit is not None for limit in own["budget"].values()):
        raise InputError(f"the run in {folder} had a budget, by which chains are cut: give one without")
    grid = even_grid()
    records = list(read_records(folder / RECORDS, Record))
    whole = [record for record in records if record.error is None and record.events]
    items = [spending_of(record, grid, maximum) for record in whole]
    return TokenControl(
        rule=control_tokens(items, grid, budget, maximum, seed=seed, independent=independent),
        n=settings["n"],
        policy=run["policy"],
        verifier=governing(own)["verifier"],
        failed=len(records) - len(whole),
    )


def spending_of(record: Record, grid: tuple[float, ...], maximum: float) -> Spending:
    """What the recorded question takes at each threshold, counted up to ``maximum``."""
    chains = chains_of(record.events or [], record.usage.get("generated_tokens", 0))
    tokens = stopping_tokens(chains, grid)
    return Spending(record.id, tuple(min(each, maximum) for each in tokens), record.group or None)


def chains_of(events: list[dict[str, Any]], generated: int) -> Iterator[tuple[float | None, float]]:
    """Score and tokens of each chain, in the order of their draws. Chains of best-of-n part at the root, so that the
    first part of a path names the chain; a score that is no number in [0, 1] is none.

    ``generated``: the tokens of all. What they have above the chains' text are the tokens that end a chain; if they
    don't come to one for each that ended (draws that were lost, a server that counts otherwise), the first chain,
    which no threshold goes without, is taken to have cost them. Raises `InputError` where draws have no count.
    """
    spent: dict[int, float] = {}
    last: dict[int, tuple[int, float | None]] = {}
    ended: list[int] = []
    for event in events:
        if "draw" in event:
            if event["tokens"] is None:
                raise InputError("the policy didn't tell the tokens of each draw: what a threshold costs is unknown")
            chain = event["draw"][0]
            spent[chain] = spent.get(chain, 0.0) + event["tokens"]
            if event["finish"] == "end":
                ended.append(chain)
        for node in event.get("nodes", ()) if "rate" in event else ():
            chain, length = node["path"][0], len(node["path"])
            if length >= last.get(chain, (0, None))[0]:  # the whole chain's score, where its steps were scored too
                value = node["value"]
                last[chain] = (length, usable(None if value is None else float(value)))  # NaN stands there by its name
    rest = generated - sum(spent.values())
    if rest == len(ended):
        for chain in ended:
            spent[chain] += 1
    elif rest > 0 and spent:
        spent[min(spent)] += rest
    for chain in sorted(spent):
        yield last.get(chain, (0, None))[1], spent[chain]
