"""The example that runs without any model, and what its recording shows of recordings."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from example_recording import EXAMPLES, RECORDING, TRACE, HandWritten, checked

from verisearch.cli import verisearch
from verisearch.runtime.calls import CallStore
from verisearch.runtime.responding import PolicyResponder

OFFLINE = ["--formalizer", "llm", "--recordings", str(RECORDING), "--offline"]


def test_the_recording_is_that_of_the_prompts_as_they_are(tmp_path: Path) -> None:
    with CallStore(tmp_path / "calls.sqlite") as store, CallStore(RECORDING, read_only=True) as committed:
        checked(PolicyResponder(HandWritten(), store=store))
        fresh, kept = ({row[0] for row in each._run("select key from calls")} for each in (store, committed))
    assert fresh == kept, "the prompts have changed: run python tests/formalising/example_recording.py"


def test_it_runs_offline_and_says_so() -> None:
    found = CliRunner().invoke(verisearch, ["verify", str(TRACE), *OFFLINE])
    assert found.exit_code == 0, found.output
    assert "modulo 1 premise of commonsense" in found.output
    assert "19 of them answered before" in " ".join(found.output.split())


def test_without_commonsense_it_does_not_hold() -> None:
    found = CliRunner().invoke(verisearch, ["verify", str(TRACE), *OFFLINE, "--premises", "context"])
    # the prompt for premises is another one then, so the recording can't answer it
    assert found.exit_code == 3
    assert "isn't recorded" in found.output


def test_what_was_not_recorded_is_undecided_or_unread_and_never_asked() -> None:
    found = CliRunner().invoke(verisearch, ["verify", str(EXAMPLES / "detective.txt"), *OFFLINE, "--no-mixed"])
    assert found.exit_code == 3, found.output
    assert "isn't recorded" in found.output
