"""A real server as formaliser, end to end: what is asked, what it costs, and that nothing is lost or asked twice.

    python benchmarks/formaliser_server.py MODEL@URL [--rows FOLIO_CHAINS.jsonl --problems FOLIO.jsonl] [--limit 3]

The command line checks a trace and the chains of a few problems with everything formalised by the server's model: once,
again with the recorded calls, and once more without the server. The model may be as weak as it likes; one that rambles
is kept short by ``--max-tokens``. What must hold is checked: every step has a verdict and every one that isn't entailed
a reason, all runs say the same, each call is recorded once, and the later runs ask nothing. Where the server tells its
own counts (vLLM's ``/metrics``), they are compared with ours.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

from common import ROOT, finish, parser, table

from verisearch.errors import VerisearchError
from verisearch.policies import open_policy
from verisearch.runtime.calls import CallStore
from verisearch.runtime.prompting import template_names

START = [sys.executable, "-c", "from verisearch.cli import main; main()"]
METRIC = re.compile(r"^vllm:(request_success|prompt_tokens|generation_tokens)_total\{.*\} (\S+)$", re.MULTILINE)


class Outcome(NamedTuple):
    """What came of one command: the status and the reason of each step, and what was used."""

    name: str
    steps: list[tuple[str, str]]
    usage: dict[str, int]
    seconds: float
    served: dict[str, int]

    @property
    def statuses(self) -> str:
        return ", ".join(f"{status} {count}" for status, count in Counter(each for each, _ in self.steps).most_common())


def served(url: str) -> dict[str, int]:
    """How many requests and tokens the server has counted so far; nothing where it doesn't tell."""
    try:
        with urlopen(f"{url.rstrip('/').removesuffix('/v1')}/metrics", timeout=30) as answer:
            text = answer.read().decode("utf-8", "replace")
    except (URLError, OSError):
        return {}
    found: Counter[str] = Counter()
    for name, value in METRIC.findall(text):
        found[name] += int(float(value))
    return dict(found)


def since(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before.get(name, 0) for name in after}


def steps_of(told: dict[str, Any]) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """The steps of a verdict, each with the reason of its first claim that isn't entailed, and its usage."""
    steps = []
    for step in told["steps"]:
        reasons = [claim["reason"] for claim in step["claims"] if claim["status"] != "entailed"]
        steps.append((step["status"], reasons[0] if reasons else ""))
    return steps, told["usage"]


def steps_in(run: Path) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """The same of all records of a run."""
    steps: list[tuple[str, str]] = []
    usage: Counter[str] = Counter()
    for line in (run / "records.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["error"] is not None:
            sys.exit(f"{record['id']}: {record['error']}")
        steps += zip(record["step_statuses"], record["step_reasons"], strict=True)
        usage.update(record["usage"])
    for line in (run / "timings.jsonl").read_text(encoding="utf-8").splitlines():
        usage["recorded_calls"] += json.loads(line).get("recorded_calls", 0)
    return steps, dict(usage)


def command(words: list[str]) -> str:
    """The standard output of a command line; leaves with its errors if it has any."""
    done = subprocess.run(START + words, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3) or done.stderr:
        sys.exit(f"verisearch {' '.join(words)}\nexit code {done.returncode}\n{done.stderr}")
    return done.stdout


class Bench:
    """Runs commands against one server, in a folder of their own."""

    def __init__(self, target: str, folder: Path) -> None:
        self.target, self.folder, self.prompts = target, folder, folder / "prompts"
        self.prompts.mkdir()
        self.url = target.rpartition("@")[2]
        self.faults: list[str] = []

    def keep_short(self, tokens: int) -> None:
        """Have no reply be longer than ``tokens``."""
        for name in template_names():
            text = resources.files("verisearch.prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8")
            (self.prompts / f"{name}.txt").write_text(
                re.sub(r"\Amax_tokens: (\d+)", lambda found: f"max_tokens: {min(tokens, int(found[1]))}", text),
                encoding="utf-8",
            )

    def probing(self) -> dict[str, int]:
        """What opening the policy costs at the server."""
        before = served(self.url)
        open_policy(f"openai:{self.target}").close()
        return since(before, served(self.url))

    def formaliser(self, recordings: Path, online: bool) -> list[str]:
        who = ["--formalizer-policy", f"openai:{self.target}"] if online else ["--offline"]
        where = ["--recordings", str(recordings), "--prompts", str(self.prompts)]
        return ["--formalizer", "llm", "--no-mixed", *who, *where]

    def verify(self, name: str, trace: Path, recordings: Path, online: bool = True) -> Outcome:
        before, began = served(self.url), time.perf_counter()
        words = ["verify", str(trace), "--json", *self.formaliser(recordings, online)]
        steps, usage = steps_of(json.loads(command(words)))
        return Outcome(name, steps, usage, time.perf_counter() - began, since(before, served(self.url)))

    def evaluate(
        self, name: str, rows: Path, problems: Path, limit: int, recordings: Path, online: bool = True
    ) -> Outcome:
        before, began = served(self.url), time.perf_counter()
        out = self.folder / f"run-{len(list(self.folder.iterdir()))}"
        words = ["eval", "folio", "--data", str(rows), "--problems", str(problems), "--mode", "verify", "--json"]
        words += ["--limit", str(limit), "--out", str(out), "--workers", "2", *self.formaliser(recordings, online)]
        command(words)
        steps, usage = steps_in(out)
        return Outcome(name, steps, usage, time.perf_counter() - began, since(before, served(self.url)))

    def compare(self, outcomes: Iterable[Outcome], recordings: Path, probing: dict[str, int]) -> None:
        """Note what should hold of a first run, a second one and one without the server, and doesn't."""
        first, again, offline = outcomes
        with CallStore(recordings, read_only=True) as store:
            recorded, tokens = len(store), store.tokens()
        calls = first.usage["formaliser_calls"] - first.usage.get("recorded_calls", 0)
        checks = {
            "a step that isn't entailed has no reason": all(
                reason for status, reason in first.steps if status not in ("entailed", "no-claim")
            ),
            "there are no steps": bool(first.steps),
            "the second run says something else": again.steps == first.steps,
            "the run without the server says something else": offline.steps == first.steps,
            f"{calls} calls were made and {recorded} are recorded": calls == recorded,
            "the second run wasn't answered by recordings alone": again.usage["recorded_calls"]
            == again.usage["formaliser_calls"],
            "no tokens were counted": first.usage["formaliser_tokens"] > 0,
        }
        if first.served and probing:
            asked = first.served["request_success"] - probing["request_success"]
            checks[f"the server counts {asked} requests, and {calls} calls were made"] = asked == calls
            spent = sum(first.served[each] - probing[each] for each in ("prompt_tokens", "generation_tokens"))
            checks[f"the server counts {spent} tokens, and {tokens} are recorded"] = spent == tokens
            checks["the second run asked the server"] = again.served == probing
            checks["the run without the server asked it"] = not any(offline.served.values())
        self.faults += [f"{first.name}: {what}" for what, holds in checks.items() if not holds]


def main() -> None:
    """Run all commands, print what came of them, and leave with 1 if something that must hold doesn't."""
    made = parser(__doc__, limit=3, unit="chains of --rows")
    made.add_argument("target", metavar="MODEL@URL", help="the model, and the server's base URL")
    made.add_argument("--trace", type=Path, default=ROOT / "examples" / "detective.txt", help="a trace to verify")
    made.add_argument("--rows", type=Path, help="recorded chains over FOLIO; by default those in --data")
    made.add_argument("--problems", type=Path, help="FOLIO's problems; by default those in --data")
    made.add_argument("--max-tokens", type=int, help="most tokens a reply; by default as the prompts say")
    args = made.parse_args()
    rows = args.rows or args.data / "logic" / "folio_llm_cot.jsonl"
    problems = args.problems or args.data / "logic" / "folio_v0_validation.jsonl"
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(args.target, Path(name))
        if args.max_tokens is not None:
            bench.keep_short(args.max_tokens)
        try:
            probing = bench.probing()
        except VerisearchError as error:
            sys.exit(str(error))
        calls = Path(name) / "trace.sqlite"
        runs = [
            bench.verify(f"{args.trace.name}: {how}", args.trace, calls, online)
            for how, online in (("first", True), ("again", True), ("offline", False))
        ]
        bench.compare(runs, calls, probing)
        if rows.is_file() and problems.is_file():
            calls = Path(name) / "rows.sqlite"
            more = [
                bench.evaluate(f"FOLIO, {args.limit} chains: {how}", rows, problems, args.limit, calls, online)
                for how, online in (("first", True), ("again", True), ("offline", False))
            ]
            bench.compare(more, calls, probing)
            runs += more
    columns = ("run", "steps", "calls", "recorded", "tokens", "server's requests", "seconds", "statuses")
    lines = [
        (
            each.name,
            len(each.steps),
            each.usage["formaliser_calls"],
            each.usage.get("recorded_calls", 0),
            each.usage["formaliser_tokens"],
            each.served.get("request_success"),
            round(each.seconds, 1),
            each.statuses,
        )
        for each in runs
    ]
    figures = {"target": args.target, "probing": probing, "runs": [each._asdict() for each in runs]}
    figures["faults"] = bench.faults
    title = f"{args.target}: opening it takes {probing.get('request_success', 'some')} requests"
    finish("formaliser_server", figures, [table(title, columns, lines)], args.out, started)
    if bench.faults:
        sys.exit("\n".join(bench.faults))


if __name__ == "__main__":
    main()
