"""Chains whose first wrong step is labelled: what the arithmetic checker flags, without any model.

    python benchmarks/step_labels.py --out step_labels.json

By data set, and by class of error where a set has classes: the first flag against the first wrong step (recall and
precision, at it exactly, and at it or behind), chains without an error that are left alone, ProcessBench's F1, and
chains with an error found invalid. With --out, every flag that a label contradicts is written, with the step and the
reason, and what status the wrong steps have that are missed.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from common import finish, parser, progress, table

from verisearch import plugins
from verisearch.evaluation.located import LabelFigures
from verisearch.evaluation.record import Record
from verisearch.evaluation.run import Plan, run
from verisearch.evaluation.table import between, percent
from verisearch.protocols import DataSet, Item
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import read_records
from verisearch.symbolic.options import CheckOptions

#: File in the folder of labelled steps, the data set that reads it, and what it is called in the table.
FILES = (
    ("processbench_gsm8k", "processbench", "ProcessBench GSM8K"),
    ("processbench_math", "processbench", "ProcessBench MATH"),
    ("processbench_olympiadbench", "processbench", "ProcessBench Olympiad"),
    ("processbench_omnimath", "processbench", "ProcessBench Omni"),
    ("mr_gsm8k_wrong_only", "mr-gsm8k", "MR-GSM8K"),
    ("mr_ben_math", "mr-ben", "MR-Ben"),
    ("mr_math_invalid", "mr-math", "MR-MATH"),
    ("mathcheck_gsm_judging", "mathcheck", "MathCheck"),
    ("prmbench_prm800k_test", "prmbench", "PRMBench"),
    ("math_perturbed_steps", "math-perturbed", "perturbed"),
    ("bigbench_mistake_multistep_arithmetic", "bigbench-mistake", "multistep arithmetic"),
)
#: Sets whose kinds are classes of errors, not who wrote a chain.
CLASSES = ("mr-gsm8k", "prmbench", "math-perturbed")
#: Columns: a share, or a field without an interval.
SHARES = {
    "precision_exact": "precision",
    "precision_after": "… or behind",
    "precision_labelled": "… of labelled steps",
    "erroneous_accuracy": "recall",
    "recall_after": "… or behind",
    "faultless_accuracy": "faultless left alone",
    "chain_precision": "chains: precision",
    "chain_recall": "chains: recall",
}


def line(name: str, labels: LabelFigures) -> list[object]:
    """A row of the table: shares with their intervals below."""
    cells: list[object] = [name, labels.step_labelled, labels.erroneous, labels.flagged, percent(labels.f1)]
    for field in SHARES:
        interval = between(labels.intervals[field]).replace(" %", "").replace(" ", "")
        cells.append(f"{percent(getattr(labels, field))}\n{interval}".rstrip())
    return cells


def contradicted(folder: Path, items: list[Item]) -> Iterator[dict[str, Any]]:
    """The flags that stand before the first wrong step, or where there is none."""
    steps = {
        item.problem.id if len(item.traces) == 1 else f"{item.problem.id}#{number}": trace.steps
        for item in items
        for number, trace in enumerate(item.traces, 1)
    }
    for record in read_records(folder / "records.jsonl", Record):
        gold, found = record.gold_first_error, record.first_error
        if gold is None or not isinstance(found, int) or (isinstance(gold, int) and found >= gold):
            continue
        assert record.step_statuses is not None
        assert record.step_reasons is not None
        yield {
            "id": record.id,
            "kind": record.kind,
            "labelled": gold,
            "flagged": found,
            "status": record.step_statuses[found].value,
            "step": steps[record.id][found].text,
            "reason": record.step_reasons[found],
        }


def missed(folder: Path) -> dict[str, int]:
    """The statuses of first wrong steps at which no flag stands."""
    found: Counter[str] = Counter()
    for record in read_records(folder / "records.jsonl", Record):
        gold = record.gold_first_error
        if isinstance(gold, int) and record.first_error != gold and record.step_statuses is not None:
            found[record.step_statuses[gold].value] += 1
    return dict(found.most_common())


def readable(data_set: DataSet, path: Path) -> list[Item]:
    """The rows that can be read."""
    source, items = data_set.load(str(path)), []
    while True:
        try:
            items.append(next(source))
        except StopIteration:
            return items
        except ValueError:  # a TraceError: it is counted in the run
            continue


def main() -> None:
    args = parser(__doc__).parse_args()
    started = time.perf_counter()
    rows, kinds, figures = [], [], {}
    with Pool(1) as pool, tempfile.TemporaryDirectory() as scratch:
        for name, kind, title in progress(FILES, "data sets"):
            data_set = plugins.load("datasets", kind)()
            path, folder = args.data / "steps" / f"{name}.jsonl", Path(scratch) / name
            plan = Plan(
                data_set=kind,
                source=str(path),
                mode="verify",
                options=CheckOptions(formaliser=data_set.formaliser),
                limit=args.limit,
                seed=0 if args.limit else None,
            )
            report = run(plan, data_set, folder, pool=pool)
            labels = report.figures.labels
            assert labels is not None
            rows.append(line(title, labels))
            if kind in CLASSES:
                each = {key: value.labels for key, value in report.figures.kinds.items()}
                kinds += [
                    line(f"{title} {key.replace('_', ' ')}", value) for key, value in each.items() if value is not None
                ]
            figures[name] = {
                "errors": report.figures.error_kinds,
                "labels": msgspec.to_builtins(labels),
                "kinds": {key: msgspec.to_builtins(value.labels) for key, value in report.figures.kinds.items()},
                "step_statuses": report.figures.step_statuses,
                "missed": missed(folder),
                "flags_against_the_label": list(contradicted(folder, readable(data_set, path))),
            }
    columns = ["", "chains", "with an error", "flagged", "F1", *SHARES.values()]
    tables = [table("First flag against the first wrong step", columns, rows), table("By class", columns, kinds)]
    finish("step_labels", {"files": figures}, tables, args.out, started)


if __name__ == "__main__":
    main()
