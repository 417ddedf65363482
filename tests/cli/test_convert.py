"""``verisearch convert``, as it is called."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from verisearch.cli.convert_command import command
from verisearch.errors import InputError, TraceError
from verisearch.logic.smtlib_reader import read_smtlib


def convert(text: str, *options: str) -> Result:
    """The command on ``text``, which stands in standard input."""
    return CliRunner().invoke(command, list(options), input=text, catch_exceptions=False)


RULE = "∀x (Kind(x) ∧ ¬Rough(x) → Nice(x))\n"


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("fol", "fol", "all x (Kind(x) & -Rough(x) -> Nice(x)).", RULE),
        ("english", "fol", "Bob is kind. The cat does not chase Bob.", "kind(bob)\n¬chases(cat, bob)\n"),
        (
            "english",
            "english",
            "All red, cold people are nice.",
            "If something is red and it is cold then it is nice.\n",
        ),
        ("fol", "english", "¬Kind(bob)\n\n% a comment\np <-> q", "not Kind(bob).\np if and only if q.\n"),
        (
            "fol",
            "smtlib",
            "Kind(bob)",
            "(set-logic UF)\n(declare-sort Thing 0)\n(declare-fun Kind (Thing) Bool)\n(declare-fun bob () Thing)\n"
            "(assert (Kind bob))\n",
        ),
        (
            "smtlib",
            "fol",
            "(declare-const n Int)(assert (! (< n 3) :named small))(assert (forall ((x Int)) (<= x n)))(check-sat)",
            "n < 3\n∀x:Int (x ≤ n)\n",
        ),
    ],
)
def test_converts(source: str, target: str, text: str, expected: str) -> None:
    result = convert(text, "--from", source, "--to", target)
    assert result.exit_code == 0
    assert result.output == expected


def test_a_script_that_it_writes_is_read_back_strictly() -> None:
    written = convert(RULE + "age(bob) > 18\n", "--from", "fol", "--to", "smtlib").output
    assert len(read_smtlib(written)[1]) == 2
    assert convert(written, "--from", "smtlib", "--to", "fol").output == RULE + "age(bob) > 18\n"


def test_names_of_assertions_are_kept() -> None:
    script = "(declare-const p Bool)(assert (! p :named |rule 1|))(assert (not p))"
    assert ":named |rule 1|" in convert(script, "--from", "smtlib", "--to", "smtlib").output


def test_json_holds_declarations_and_formulas() -> None:
    script = "(declare-const p Bool)(assert (! p :named first))(assert (not p))"
    result = json.loads(convert(script, "--from", "smtlib", "--to", "fol", "--json").output)
    assert result == {
        "from": "smtlib",
        "to": "fol",
        "declarations": ["(declare-fun p () Bool)"],
        "formulas": [{"name": "first", "text": "p"}, {"name": None, "text": "¬p"}],
    }


def test_files_are_read_and_written(tmp_path: Path) -> None:
    given, out = tmp_path / "given.fol", tmp_path / "out.smt2"
    given.write_text("Kind('Zoë')\n", encoding="utf-8")
    result = convert("", str(given), "--from", "fol", "--to", "fol", "--out", str(out))
    assert (result.exit_code, result.output) == (0, "")
    assert out.read_text(encoding="utf-8") == "Kind(Zoë)\n"


def test_errors_name_file_line_and_column(tmp_path: Path) -> None:
    given = tmp_path / "given.fol"
    given.write_text("Kind(bob)\nKind(bob) ∧\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"given\.fol:2:12: the formula ends too early"):
        convert("", str(given), "--from", "fol", "--to", "smtlib")
    with pytest.raises(InputError, match=r"standard input:1:1: the command reset"):
        convert("(reset)", "--from", "smtlib", "--to", "fol")
    with pytest.raises(InputError, match=r"standard input:1:\d+: can't read this"):
        convert("Bob is kind. Colourless ideas sleep.", "--from", "english", "--to", "fol")


def test_nothing_is_written_when_reading_fails(tmp_path: Path) -> None:
    out = tmp_path / "out.fol"
    with pytest.raises(InputError):
        convert("Kind(bob)\nKind(", "--from", "fol", "--to", "fol", "--out", str(out))
    assert not out.exists()


@pytest.mark.parametrize("data", [b"Kind(\xff)", b"Kind(bob)\x00"])
def test_what_is_no_text_is_an_error(data: bytes, tmp_path: Path) -> None:
    given = tmp_path / "given.fol"
    given.write_bytes(data)
    with pytest.raises(TraceError, match=r"given\.fol:1"):
        convert("", str(given), "--from", "fol", "--to", "fol")


def test_empty_input_converts_to_nothing() -> None:
    assert convert("\n", "--from", "fol", "--to", "fol").output == ""


def test_the_whole_command_prints_errors_without_a_traceback() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from verisearch.cli import main; main()", "convert", "--from", "fol", "--to", "fol"],
        input="(" * 10_000,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith("Error: standard input:1:10001:")
    assert "Traceback" not in run.stderr
