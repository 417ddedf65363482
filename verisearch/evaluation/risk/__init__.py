"""Risk control on top of any strategy: pure functions over recorded scores, with guarantees that hold at any size.

- `calibrate`: answer or abstain, so that at most a share alpha of the answered is wrong, with probability 1 − delta.
- `control_tokens`: when to stop, so that a question takes at most so many tokens on average.

Both rest on a calibration split that nothing else was chosen on. The whole way, on labelled items::

    grid_part, calibration, test = split_by_group(items, (0.2, 0.4, 0.4), seed=0)
    groups = len(one_per_group(calibration, seed=0))
    grid = grid_from((item.score for item in grid_part), groups, alpha=0.05, delta=0.1)
    rule = calibrate(calibration, grid, alpha=0.05, delta=0.1)
    print(rule.guarantee())

Both say what they promise, on what evidence and under which assumptions in ``guarantee()``. `calibrate_run` does the
first on the records of a run, and its `RiskControl` is what ``verisearch solve --risk`` goes by; `control_run` does the
second, for the strategy ``early-stopping``.
"""

from verisearch.evaluation.risk.binomial import binomial_tail, minimum_answers, smallest_target
from verisearch.evaluation.risk.control import RiskControl, calibrate_run, read_control
from verisearch.evaluation.risk.groups import one_per_group, split_by_group
from verisearch.evaluation.risk.selective import (
    AnswerRule,
    Item,
    Tested,
    calibrate,
    even_grid,
    grid_from,
    item_of,
)
from verisearch.evaluation.risk.spending import TokenControl, control_run
from verisearch.evaluation.risk.tokens import Spending, StoppingRule, control_tokens, stopping_tokens

__all__ = [
    "AnswerRule",
    "Item",
    "RiskControl",
    "Spending",
    "StoppingRule",
    "Tested",
    "TokenControl",
    "binomial_tail",
    "calibrate",
    "calibrate_run",
    "control_run",
    "control_tokens",
    "even_grid",
    "grid_from",
    "item_of",
    "minimum_answers",
    "one_per_group",
    "read_control",
    "smallest_target",
    "split_by_group",
    "stopping_tokens",
]
