"""Risk control from a solve run's records to a file, and from the file to each answer: given, or withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from verisearch import __version__
from verisearch.errors import InputError
from verisearch.evaluation.record import Record
from verisearch.evaluation.risk.binomial import binomial_tail, check_share, minimum_answers
from verisearch.evaluation.risk.groups import one_per_group, split_by_group
from verisearch.evaluation.risk.selective import (
    AnswerRule,
    Item,
    calibrate,
    check_grid,
    confidence,
    even_grid,
    grid_from,
    item_of,
    percent,
)
from verisearch.runtime.records import RECORDS, differences, read_records, read_settings
from verisearch.runtime.solving import Solution, SolveOptions, SolveStatus, scorer, withheld

__all__ = ["CalibratedOn", "HeldOut", "RiskControl", "calibrate_run", "read_control"]

#: Settings of a strategy that don't change what comes of it, and the one that `scorer` stands for.
NEUTRAL = ("watch", "verifier")


class CalibratedOn(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule was calibrated on, and holds for: a run's data, and how it was solved (``governing``)."""

    verisearch: str
    data_set: str
    data: str
    sha256: str | None
    policy: str | None
    governing: dict[str, Any]


class HeldOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the rule does on groups that neither set the grid nor the threshold: of ``items`` it answers ``answered``,
    ``errors`` of them wrongly."""

    items: int
    answered: int
    errors: int


class RiskControl(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, answer or abstain, with what it holds for. ``grid_groups`` groups set the grid of thresholds."""

    rule: AnswerRule
    calibrated_on: CalibratedOn
    grid_groups: int = 0
    held_out: HeldOut | None = None

    def refuse_other(self, policy: str | None, options: SolveOptions, verifier: str | None = None) -> None:
        """Raises `InputError`, naming the differences, unless ``options`` and the ``policy``'s name (None: it can't be
        told) are those that the rule was calibrated with: for others it promises nothing. ``verifier``: the name of
        one that scores in place of the options'."""
        known, now = self.calibrated_on, governing(options, verifier)
        found = differences(known.governing, now)
        if policy is not None and known.policy is not None:
            found += differences(known.policy, policy, "policy")
        found += differences(known.verisearch, __version__, "verisearch")
        if found:
            raise InputError(
                f"risk control was calibrated with other settings: {'; '.join(found)}. Its promise doesn't hold for "
                "these: solve with the same settings, or calibrate on a run with these"
            )

    def applied(self, solution: Solution) -> Solution:
        """The solution with its answer, if the rule answers at its score; else without, and abstained."""
        if solution.status in (SolveStatus.ABSTAINED, SolveStatus.FAILED):
            return solution
        written = solution.trace.raw if solution.trace is not None else None
        score = confidence(solution.candidates, written) if solution.answer is not None else None
        if self.rule.answers(score):
            return msgspec.structs.replace(
                solution, risk=f"answered: the score {score:g} reaches {self.rule.threshold:g}; {self.promise()}"
            )
        if self.rule.threshold is None:
            why = "no threshold was found that keeps the promise"
        elif score is None:
            why = "the chain gives no answer" if solution.answer is None else "the answer has no score"
        else:
            why = f"the score {score:g} is below {self.rule.threshold:g}"
        told = f"abstained: {why}; {self.promise()}"
        return msgspec.structs.replace(withheld(solution, f"risk control: {why}"), risk=told)

    def promise(self) -> str:
        """The target in a few words."""
        return (
            f"at most {percent(self.rule.alpha)} of the answers given are to be wrong, with probability "
            f"{percent(1 - self.rule.delta)}, under assumptions (verisearch risk show FILE)"
        )

    def told(self) -> str:
        """The guarantee, its assumptions, and how the data was split, in words."""
        rule, known = self.rule, self.calibrated_on
        grid = f"{self.grid_groups} groups set the grid of thresholds" if self.grid_groups else "an even grid"
        who = f"written by {known.policy} with {known.governing['strategy']}, scored by {known.governing['verifier']}"
        lines = [
            f"Calibrated on {known.data_set}, {known.data}, {who}; {grid}, {rule.items} items in {rule.groups} groups "
            "the threshold.",
            rule.guarantee(),
        ]
        if rule.chosen is not None and rule.tested:
            share = f"{rule.chosen.answered} of {rule.tested} ({percent(rule.chosen.answered / rule.tested)})"
            lines.append(f"Answered among the calibration items: {share}.")
        if self.held_out is not None:
            each = self.held_out
            lines.append(f"Left aside: {each.items} items, {each.answered} answered, {each.errors} of these wrongly.")
        return "\n".join(lines)


def governing(options: SolveOptions | dict[str, Any], verifier: str | None = None) -> dict[str, Any]:
    """What decides about answers and scores: the options without the seed and what only changes how fast it goes."""
    if isinstance(options, SolveOptions):
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(options))
    else:  # as a run's settings have them, those of the strategy's own included
        plain, options = options, msgspec.convert(options, SolveOptions)
    kept = {name: value for name, value in plain["settings"].items() if name not in NEUTRAL}
    shared = {name: plain.get(name) for name in ("strategy", "budget", "prompt", "max_tokens", "check")}
    return {**shared, "settings": kept, "verifier": verifier or scorer(options)}


def calibrate_run(
    folder: Path,
    alpha: float,
    delta: float,
    *,
    grid_share: float = 0.2,
    test_share: float = 0.0,
    seed: int = 0,
    independent: bool = False,
) -> RiskControl:
    """Calibrate on the records of a finished ``eval --mode solve`` run; see `calibrate` for the promise.

    The groups are split by ``seed``: a share ``grid_share`` sets the grid of thresholds (0: an even grid, which suits
    scores with much weight at 1), ``test_share`` is left aside to look at, the others are calibrated on. Shares lie in
    [0, 1) and leave something over. A rule whose threshold is None says why.

    Raises `InputError` for shares or targets outside their ranges, and for a run that isn't one of solving, isn't
    finished, or had risk control itself; `RecordError` if its files can't be read.
    """
    if not (0 <= grid_share < 1 and 0 <= test_share < 1 and grid_share + test_share < 1):
        raise InputError(f"shares of {grid_share:g} and {test_share:g}: need numbers from 0 on that leave a rest of 1")
    check_share("alpha", alpha)
    check_share("delta", delta)
    settings = usable_settings(folder)
    items = [item_of(record) for record in read_records(folder / RECORDS, Record)]
    shares = {"grid": grid_share, "calibration": 1 - grid_share - test_share, "test": test_share}
    named = {name: share for name, share in shares.items() if share > 0}
    parts: dict[str, list[Item]] = {"grid": [], "test": []}
    parts |= dict(zip(named, split_by_group(items, list(named.values()), seed), strict=True))
    calibration = parts["calibration"]
    tested = calibration if independent else one_per_group(calibration, seed)
    grid = even_grid()
    if grid_share:
        # where the split is too small to afford an error, the strictest threshold need not leave room for one
        errors = int(minimum_answers(alpha, delta, 1) <= len(tested))
        grid = grid_from((item.score for item in parts["grid"]), len(tested), alpha, delta, errors=errors)
    rule = calibrate(calibration, grid, alpha, delta, seed=seed, independent=independent)
    return RiskControl(
        rule=rule,
        calibrated_on=CalibratedOn(
            verisearch=settings["verisearch"],
            data_set=settings["data_set"],
            data=settings["data"],
            sha256=settings["sha256"],
            policy=settings["policy"],
            governing=governing(settings["arms"][0]["options"]),
        ),
        grid_groups=len(one_per_group(parts["grid"], seed)),
        held_out=seen(rule, parts["test"] if independent else one_per_group(parts["test"], seed)),
    )


def seen(rule: AnswerRule, items: list[Item]) -> HeldOut | None:
    """What ``rule`` does on ``items``; None without any."""
    answered = [item for item in items if rule.answers(item.score)]
    errors = sum(not item.right for item in answered)
    return HeldOut(items=len(items), answered=len(answered), errors=errors) if items else None


def usable_settings(folder: Path) -> dict[str, Any]:
    """The settings of a run that can be calibrated on. Raises `InputError`, `RecordError`."""
    settings = read_settings(folder)
    if not isinstance(settings, dict):
        raise InputError(f"{folder} holds no run: give the folder that verisearch eval --mode solve wrote (--out)")
    if settings.get("mode") != "solve":
        raise InputError(f"{folder} holds a run with --mode {settings.get('mode')}: calibrate on one with --mode solve")
    arms = settings.get("arms") or []
    if len(arms) != 1:
        held = f"compares {len(arms)} searches" if arms else "was made by an earlier version"
        raise InputError(f"the run in {folder} {held}: calibrate on one of a single strategy, verifier, n and budget")
    if settings.get("risk"):
        raise InputError(f"{folder} holds a run with --risk, in which answers are missing: calibrate on one without")
    if not (folder / "summary.json").is_file():
        raise InputError(
            f"the run in {folder} isn't finished, and its first rows may not be like the rest: --resume it"
        )
    return settings


def read_control(path: Path) -> RiskControl:
    """Read a file of `RiskControl`. Raises `InputError` if it is malformed, or its rule contradicts its evidence."""
    try:
        control = msgspec.json.decode(path.read_bytes(), type=RiskControl)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: no file of verisearch risk calibrate ({error})") from error
    rule = control.rule
    chosen = rule.chosen
    if rule.threshold != (chosen.threshold if chosen is not None else None):
        raise InputError(
            f"{path}: the threshold {rule.threshold} is not the one that its evidence gives: calibrate anew"
        )
    if rule.path:
        check_grid([each.threshold for each in rule.path])
    check_share("alpha", rule.alpha)
    check_share("delta", rule.delta)
    for each in rule.path:
        if each.passed and binomial_tail(each.errors, each.answered, rule.alpha) > rule.delta:
            raise InputError(f"{path}: at {each.threshold:g} the evidence doesn't show the target: calibrate anew")
    return control
