"""A run that solves, killed at random moments and resumed, ends with the records of an undisturbed one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

START = [sys.executable, "-c", "from verisearch.cli import main; main()"]
KILLS = 20
PROBLEMS = 240


def problems() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows with names of their own, and samples recorded for each: right chains, guesses, chains that stop early."""
    made = []
    for number, (a, b, c) in enumerate(islice(product("BDGKLM", "aeiou", "bdgklmnrt"), PROBLEMS)):
        name = f"{a}{b}{c}o"
        statement = f"{name} is {'nice' if number % 3 else 'sad'}."
        row = {
            "id": f"p{number}",
            "context": f"{name} is kind. Kind people are nice. Nice people are not sad.",
            "statement": statement,
            "label": "True" if number % 3 else "False",
        }
        steps = [f"{name} is kind.", "Kind people are nice.", f"So {name} is nice."]
        texts = [
            "\n".join([*steps, f"The answer is {row['label']}."]),
            "\n".join([*steps, "Nice people are not sad.", f"So {name} is not sad.", f"The answer is {row['label']}."]),
            f"{name} is tall.\nThe answer is True.",
            f"{steps[0]}\n{name} is old.\nThe answer is False.",
            "\n".join(steps[:2]),
        ]
        samples = [{"text": text, "tokens": len(text) // 4} for text in texts]
        made.append((row, {"problem_id": row["id"], "prompt": statement, "samples": samples}))
    return made


def command(data: Path, samples: Path, out: Path, *more: str) -> list[str]:
    given = [*START, "eval", "proofwriter", "--data", str(data), "--mode", "solve", "--out", str(out), "--workers", "1"]
    given += ["--policy", f"replay:{samples}", "--strategy", "latts", "--set", "draws=2", "--steps", "8"]
    return [*given, "--budget", "50", "--seed", "5", "--concurrency", "4", *more]


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.slow
def test_killed_at_twenty_random_moments_the_records_are_those_of_an_undisturbed_run(tmp_path: Path) -> None:
    data, samples = tmp_path / "data.jsonl", tmp_path / "samples.jsonl"
    rows = problems()
    data.write_text("".join(json.dumps(row) + "\n" for row, _ in rows))
    samples.write_text("".join(json.dumps(recorded) + "\n" for _, recorded in rows))
    calm, wild = tmp_path / "calm", tmp_path / "wild"
    subprocess.run(command(data, samples, calm), check=True, stdout=subprocess.DEVNULL)
    piece = size(calm / "records.jsonl") // (KILLS * 3 // 2)
    generator = random.Random(17)
    kills, seen = 0, []
    while kills < KILLS:
        process = subprocess.Popen(
            command(data, samples, wild, "--resume"), stdout=subprocess.DEVNULL, start_new_session=True
        )
        # one in five while it starts and opens the folder, the others while it works, between two records or in one
        until = time.monotonic() + (generator.uniform(0, 2) if kills % 5 == 0 else 100)
        enough = size(wild / "records.jsonl") + generator.randrange(piece)
        while process.poll() is None and size(wild / "records.jsonl") < enough and time.monotonic() < until:
            time.sleep(0.0002)
        time.sleep(generator.uniform(0, 0.01))
        assert process.poll() is None, "the run ended before it was killed"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        seen.append(size(wild / "records.jsonl"))
    assert not (wild / "summary.json").exists()
    assert seen == sorted(seen)
    assert len(set(seen)) > KILLS // 2
    subprocess.run(command(data, samples, wild, "--resume"), check=True, stdout=subprocess.DEVNULL)
    for name in ("records.jsonl", "summary.json", "run.json"):
        assert (wild / name).read_bytes() == (calm / name).read_bytes(), name
    found = [json.loads(line) for line in (wild / "records.jsonl").read_text().splitlines()]
    assert {record["status"] for record in found} == {"verified", "unverified"}
    done = subprocess.run([*START, "replay", str(wild)], capture_output=True, text=True, check=True)
    assert f"{PROBLEMS} replayed: {PROBLEMS} same, 0 departed" in done.stdout
