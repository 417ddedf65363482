"""Records survive kills, and a run's folder is never mixed up with another run's."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from verisearch.errors import RecordError
from verisearch.runtime.records import JsonLines, RunFolder, differences, read_records


class Record(msgspec.Struct):
    index: int
    text: str = ""


class Timing(msgspec.Struct):
    index: int
    seconds: float = 0.0


SETTINGS = {"data": "x.jsonl", "options": {"logic": "rules", "max_leap": 1}}


def folder(path: Path, resume: bool = False, settings: object = SETTINGS) -> RunFolder[Record]:
    return RunFolder(path, settings, Record, Timing, resume=resume)  # type: ignore[arg-type]


def indices(path: Path) -> list[int]:
    return [record.index for record in read_records(path / "records.jsonl", Record)]


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    with folder(tmp_path / "run") as run:
        for n in range(3):
            run.append(Record(n, "line\nbreak \u2028 and ünïcode"), Timing(n, 0.5))
    records = list(read_records(tmp_path / "run" / "records.jsonl", Record))
    assert records == [Record(n, "line\nbreak \u2028 and ünïcode") for n in range(3)]
    assert len((tmp_path / "run" / "timings.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("torn", ['{"index":3,"text":"ha', '{"index":3}', "\0\0\0", "{"])
def test_a_torn_last_line_is_not_read_and_cut_off_before_appending(tmp_path: Path, torn: str) -> None:
    with folder(tmp_path) as run:
        run.append(Record(0), Timing(0))
    path = tmp_path / "records.jsonl"
    path.write_text(path.read_text() + torn)
    assert indices(tmp_path) == [0]
    with folder(tmp_path, resume=True) as run:
        assert run.records.count == 1
        run.append(Record(1), Timing(1))
    assert indices(tmp_path) == [0, 1]
    assert path.read_text().count("\n") == 2


@pytest.mark.parametrize("line", ["nonsense", '{"index":"one"}', '{"text":"no index"}', "", "[" * 100_000])
def test_a_malformed_line_in_the_middle_is_reported_with_its_place(tmp_path: Path, line: str) -> None:
    with folder(tmp_path) as run:
        run.append(Record(0), Timing(0))
    path = tmp_path / "records.jsonl"
    path.write_text(path.read_text() + line + "\n" + '{"index":2}\n')
    with pytest.raises(RecordError, match=r"records\.jsonl:2: not a record"):
        list(read_records(path, Record))
    with pytest.raises(RecordError, match=r"records\.jsonl:2: not a record"):
        folder(tmp_path, resume=True)


def test_a_folder_with_a_run_is_refused_without_resume(tmp_path: Path) -> None:
    with folder(tmp_path / "run") as run:
        run.append(Record(0), Timing(0))
    with pytest.raises(RecordError, match="--resume"):
        folder(tmp_path / "run")
    assert indices(tmp_path / "run") == [0]


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, resume: bool) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RecordError, match=r"not empty \(thesis\.tex\)"):
        folder(tmp_path, resume=resume)


def test_resuming_what_never_began_begins_it(tmp_path: Path) -> None:
    (tmp_path / "run.json.part").write_text('{"da')
    with folder(tmp_path, resume=True) as run:
        assert run.records.count == 0


def test_a_run_without_records_may_change_its_settings(tmp_path: Path) -> None:
    with folder(tmp_path):
        pass
    with folder(tmp_path, resume=True, settings={"data": "y.jsonl"}) as run:
        run.append(Record(0), Timing(0))
    with pytest.raises(RecordError, match=r'data was "y\.jsonl"'):
        folder(tmp_path, resume=True)


def test_other_settings_are_refused_and_named(tmp_path: Path) -> None:
    with folder(tmp_path) as run:
        run.append(Record(0), Timing(0))
    other = {"data": "x.jsonl", "options": {"logic": "classical", "max_leap": 1}, "limit": 5}
    with pytest.raises(RecordError) as caught:
        folder(tmp_path, resume=True, settings=other)
    assert 'options.logic was "rules", now "classical"' in str(caught.value)
    assert "limit was not set, now 5" in str(caught.value)
    assert "max_leap" not in str(caught.value)


def test_unreadable_settings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RecordError, match=r"run\.json: can't be read"):
        folder(tmp_path, resume=True)


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    with folder(tmp_path) as run, pytest.raises(RecordError, match="another process is writing"):
        folder(tmp_path, resume=True)
    run = folder(tmp_path, resume=True)
    run.__exit__()


def test_differences_of_equal_settings_are_none() -> None:
    assert differences(SETTINGS, {"options": {"max_leap": 1, "logic": "rules"}, "data": "x.jsonl"}) == []
    assert differences([1, 2], [1, 3], "limits") == ["limits was [1,2], now [1,3]"]


RECORDS = 100_000

WRITER = f"""
import sys
from pathlib import Path
import msgspec
from verisearch.runtime.records import JsonLines

class Record(msgspec.Struct):
    index: int
    text: str

log = JsonLines(Path(sys.argv[1]), Record)
print(log.count, flush=True)
while log.count < {RECORDS}:
    log.append(Record(log.count, "words " * (log.count % 50)))
log.close()
"""


def test_killed_at_random_moments_nothing_is_lost_or_repeated(tmp_path: Path) -> None:
    generator = random.Random(4)
    path = tmp_path / "log.jsonl"
    counts = []
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        counts.append(int(process.stdout.readline()))
        enough = path.stat().st_size + generator.randrange(20_000)
        while path.stat().st_size < enough:
            pass
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert counts == sorted(counts)
    assert 0 < counts[-1] < RECORDS
    assert process.returncode == -signal.SIGKILL
    subprocess.run([sys.executable, "-c", WRITER, str(path)], check=True, stdout=subprocess.DEVNULL)
    assert [record.index for record in read_records(path, Record)] == list(range(RECORDS))


def test_a_closed_log_can_be_opened_again(tmp_path: Path) -> None:
    for n in range(3):
        log = JsonLines(tmp_path / "log.jsonl", Record)
        assert log.count == n
        log.append(Record(n))
        log.close()
