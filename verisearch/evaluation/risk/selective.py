"""Answer or abstain: at most a share ``alpha`` wrong among the answered, with probability 1 − ``delta``.

Learn then test (Angelopoulos, Bates, Candès, Jordan and Lei 2021, arXiv 2110.01052, Theorem 1 with fixed sequence
testing) on the selective risk R(t) = P(wrong | answered at t); an item is answered at t if it has a score ≥ t.

The null tested at threshold t is H(t): R(t) > alpha. Each independent item that is answered at t is wrong with
probability R(t), so that *given* that n items are answered at t, the number wrong among them is Binomial(n, R(t)).
Under H(t) that lies stochastically above Binomial(n, alpha), whose lower tail at the observed errors is therefore a
p-value given n, for every n (1 for n = 0), hence also without conditioning.

Thresholds are tested from strict to lenient, each at the full level delta, up to the first that is not rejected. A
false choice needs the first true null on the way to be rejected, which has probability at most delta, however the
p-values hang together and whether or not R is monotone. This holds only if the grid was fixed without looking at the
calibration items. Nothing after the first threshold that fails is looked at: a grid whose strictest threshold answers
too few items ends there, so let `grid_from` set it from the scores of *other* items.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from verisearch.errors import InputError
from verisearch.evaluation.record import Record
from verisearch.evaluation.risk.binomial import binomial_tail, check_share, minimum_answers, smallest_target
from verisearch.evaluation.risk.groups import by_group, one_per_group
from verisearch.runtime.solving import Candidate
from verisearch.search.chains import usable

__all__ = ["AnswerRule", "Item", "Tested", "calibrate", "confidence", "even_grid", "grid_from", "item_of"]


class Item(msgspec.Struct, frozen=True):
    """One question whose answer can be judged. Raises `InputError` for a score that is NaN or outside [0, 1].

    ``score``: confidence in the answer in [0, 1]; None: there is none, and the rule abstains. ``right``: whether the
    answer is. ``group``: what it shares with other items (a theory, a problem family); None: a group of its own.
    """

    id: str
    score: float | None
    right: bool
    group: str | None = None

    def __post_init__(self) -> None:
        if self.score is not None:
            check_score(self.score, f"item {self.id!r}")


class Tested(msgspec.Struct, frozen=True):
    """What was seen at one threshold: of ``answered`` items ``errors`` were wrong; ``p_value`` of "risk > alpha"."""

    threshold: float
    answered: int
    errors: int
    p_value: float
    passed: bool


class AnswerRule(msgspec.Struct, frozen=True, kw_only=True):
    """When to answer. ``threshold`` None: never, and ``reason`` says why.

    ``items``, ``groups``: size of the calibration split; ``tested``: items the test rests on (one a group unless
    ``independent``); ``unscored``: those among them without a score, always abstained on; ``needed``: fewest error-free
    answers that ``alpha`` at ``delta`` takes. ``path``: the thresholds tested, the last of which may have failed.
    """

    threshold: float | None
    reason: str
    alpha: float
    delta: float
    items: int
    groups: int
    tested: int
    unscored: int
    needed: int
    grid_size: int
    independent: bool
    seed: int
    path: tuple[Tested, ...]

    def answers(self, score: float | None) -> bool:
        """Whether to answer at ``score``. Raises `InputError` for NaN or a score outside [0, 1]."""
        if score is not None:
            check_score(score, "this answer")
        return score is not None and self.threshold is not None and score >= self.threshold

    @property
    def chosen(self) -> Tested | None:
        """What was seen at the chosen threshold; None if there is none."""
        return next((each for each in reversed(self.path) if each.passed), None)

    def guarantee(self) -> str:
        """What is promised, on what evidence and under which assumptions, in words."""
        chosen = self.chosen
        if chosen is None:
            return f"Abstains on every question, so that no answer is wrong: {self.reason}."
        if self.independent:
            drawn = f"All {self.tested} calibration items are taken as independent of each other, which items of one "
            drawn += "group (a theory, a problem family) often are not: then the promise does not hold."
        else:
            drawn = (
                f"The test rests on {self.tested} items, one drawn at random from each group (seed {self.seed}); the "
            )
            drawn += "promise is about one question drawn at random from a new group, so groups count alike, not items."
        return "\n".join(
            (
                f"With probability at least {percent(1 - self.delta)} over the calibration items, at most "
                f"{percent(self.alpha)} of the answers given at a score of {chosen.threshold:g} or more are wrong.",
                f"Evidence: {chosen.errors} wrong of {chosen.answered} answered there; exact binomial p-value "
                f"{chosen.p_value:.3g}; threshold {len(self.path) - (not self.path[-1].passed)} of a fixed sequence of "
                f"{self.grid_size}, from strict to lenient (learn then test). {self.unscored} of the {self.tested} "
                "items had no score: such are always abstained on.",
                f"Assumptions: {'items' if self.independent else 'groups'} are independent draws from the population "
                "that the questions to come are drawn from, in the same way; model, strategy, verifier, grid, seed, "
                "alpha and delta were fixed without looking at these items; their answers were judged rightly.",
                drawn,
                "It speaks of the share in the long run: not of any one answer, one group or one small batch.",
            )
        )


def calibrate(
    items: Iterable[Item],
    grid: Sequence[float],
    alpha: float,
    delta: float,
    *,
    seed: int = 0,
    independent: bool = False,
) -> AnswerRule:
    """The most lenient threshold of ``grid`` that fixed sequence testing reaches (see the module's text).

    ``alpha``: most of the answered that may be wrong, in (0, 1). ``delta``: how probable it may be that the threshold
    breaks this, in (0, 1). ``grid``: thresholds in [0, 1] from strict to lenient, fixed beforehand. Items of one group
    aren't independent, as the binomial law wants, so one of each is drawn by ``seed``; ``independent``: use all, on
    the caller's word. To try several seeds, or several grids, and keep the best voids the guarantee.

    Raises `InputError` for targets outside (0, 1), a grid that is empty or does not fall, and a repeated item.
    """
    check_share("alpha", alpha)
    check_share("delta", delta)
    check_grid(grid)
    everything = list(items)
    groups = by_group(everything)
    tested = everything if independent else one_per_group(everything, seed)
    scored = sorted((item.score, not item.right) for item in tested if item.score is not None)
    scores = [score for score, _ in scored]
    wrong_from = [0]  # how many of the k best are wrong
    for _, wrong in reversed(scored):
        wrong_from.append(wrong_from[-1] + wrong)
    path: list[Tested] = []
    for threshold in grid:
        answered = len(scores) - bisect_left(scores, threshold)  # equal scores stand on the same side
        errors = wrong_from[answered]
        p_value = binomial_tail(errors, answered, alpha)
        path.append(Tested(threshold, answered, errors, p_value, p_value <= delta))
        if not path[-1].passed:
            break
    passed = [each for each in path if each.passed]
    needed = minimum_answers(alpha, delta)
    return AnswerRule(
        threshold=passed[-1].threshold if passed else None,
        reason="" if passed else why_not(path[0], len(scored), len(tested), needed, alpha, delta),
        alpha=alpha,
        delta=delta,
        items=len(everything),
        groups=len(groups),
        tested=len(tested),
        unscored=len(tested) - len(scored),
        needed=needed,
        grid_size=len(grid),
        independent=independent,
        seed=seed,
        path=tuple(path),
    )


def why_not(first: Tested, scored: int, tested: int, needed: int, alpha: float, delta: float) -> str:
    """Why no threshold passed."""
    target = f"a target of {percent(alpha)} at delta = {delta:g} needs at least {needed} answers without an error"
    if tested == 0:
        return f"the calibration split is empty; {target}"
    if scored < needed:
        reach = f", and {scored} could at best show {percent(smallest_target(scored, delta))}" if scored else ""
        return (
            f"the calibration split is too small: {target}; of the {tested} items tested {scored} have a score{reach}"
        )
    if first.answered < needed:
        return (
            f"the grid begins too strict: {target}, and {first.answered} of {scored} reach its first threshold, "
            f"{first.threshold:g}; let a grid that is made from other items' scores begin lower"
        )
    return (
        f"at the strictest threshold, {first.threshold:g}, {first.errors} of {first.answered} answers are wrong, which "
        f"does not rule out a risk above {percent(alpha)} (p = {first.p_value:.3g})"
    )


def even_grid(steps: int = 100) -> tuple[float, ...]:
    """Thresholds 1, …, 1/``steps``, 0: for scores with much weight at 1, as a verifier's often have.

    Raises `InputError` for fewer than one step.
    """
    if steps < 1:
        raise InputError(f"{steps} steps: need at least 1")
    return tuple(step / steps for step in range(steps, -1, -1))


def grid_from(
    scores: Iterable[float | None], tested: int, alpha: float, delta: float, *, errors: int = 1, size: int = 40
) -> tuple[float, ...]:
    """At most ``size`` thresholds, evenly spread over the answered shares seen in ``scores``, and 0 as the last.

    The strictest answers about as many of ``tested`` calibration items (groups, where one is drawn of each) as can
    show ``alpha`` at ``delta`` with ``errors`` of them wrong. Labels are not needed. The scores must be those of
    *other* items, none of a calibration group, else the test isn't valid (split fixed sequence testing in the paper).

    Raises `InputError` for ``alpha`` or ``delta`` outside (0, 1), a negative ``tested`` or ``errors``, a ``size`` below
    1 and for scores that are NaN or outside [0, 1].
    """
    if tested < 0 or size < 1:
        raise InputError(f"{tested} items to test, {size} thresholds: need 0 or more items, 1 or more thresholds")
    begin = minimum_answers(alpha, delta, errors)
    seen = list(scores)
    ranked = sorted((score for score in seen if score is not None), reverse=True)
    for score in ranked:
        check_score(score, "a score for the grid")
    first = min(len(ranked), -(-begin * len(seen) // tested)) if tested else len(ranked)
    if first == 0:
        return (0.0,)
    spread = range(size)
    places = {first + (len(ranked) - first) * step // max(1, size - 1) for step in spread} | {first}
    return tuple(sorted({ranked[place - 1] for place in places} | {0.0}, reverse=True))


def item_of(record: Record) -> Item:
    """What a solve run's record says for calibration.

    The confidence is the score of the chosen chain (the highest, where several candidates have its text). There is
    none, so that the rule abstains, where the record has an error, no answer or no score. Raises `InputError` where
    the answer can't be judged, for want of a gold answer.
    """
    group = record.group or None
    if record.error is not None or record.predicted is None:
        return Item(record.id, None, False, group)
    if record.correct is None:
        raise InputError(f"record {record.id!r} has no gold answer: calibrate on labelled problems")
    return Item(record.id, confidence(record.candidates or (), record.written), record.correct, group)


def confidence(candidates: Iterable[Candidate], written: str | None) -> float | None:
    """The score in [0, 1] of the chain that is ``written``, the highest where several candidates have its text. None
    without one; what is no number in [0, 1], NaN too, is none."""
    scores = [usable(each.score) for each in candidates if each.text == written]
    return max((score for score in scores if score is not None), default=None)


def check_grid(grid: Sequence[float]) -> None:
    """Raises `InputError` unless ``grid`` holds thresholds in [0, 1], each below the one before."""
    if not grid:
        raise InputError("the grid of thresholds is empty")
    for threshold in grid:
        if not 0 <= threshold <= 1:
            raise InputError(f"a threshold of {threshold}: need a number in [0, 1]")
    for before, after in pairwise(grid):
        if after >= before:
            raise InputError(
                f"thresholds run from strict to lenient, each below the one before: {after} after {before}"
            )


def check_score(score: float, where: str) -> None:
    """Raises `InputError` unless ``score`` lies in [0, 1] (NaN does not)."""
    if not 0 <= score <= 1:
        raise InputError(f"{where} has a score of {score}: need a number in [0, 1], or None to abstain")


def percent(share: float) -> str:
    return f"{100 * share:.4g} %"
