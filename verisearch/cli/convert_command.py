"""``verisearch convert``: formulas from one notation to another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from verisearch.cli.options import OutputFile
from verisearch.errors import InputError, ParseError

if TYPE_CHECKING:
    from verisearch.logic.formula import Formula
    from verisearch.logic.vocabulary import Vocabulary

__all__ = ["command"]

NOTATIONS = ("fol", "smtlib", "english")


class Content(NamedTuple):
    """What was read: the formulas, a name (or "") for each, and their symbols."""

    vocabulary: Vocabulary
    formulas: list[Formula]
    names: list[str]


@click.command("convert")
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--from", "source", type=click.Choice(NOTATIONS), required=True, help="Notation of the input.")
@click.option("--to", "target", type=click.Choice(NOTATIONS), required=True, help="Notation of the output.")
@click.option("--out", type=OutputFile(), help="File to write instead of printing.")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object: declarations, and each formula's text.")
def command(file: str, source: str, target: str, out: Path | None, as_json: bool) -> None:
    """Convert formulas between notations. FILE is read, or standard input (-).

    \b
    fol      one formula a line, as FOLIO or Prover9 write it; % and # begin comments
    smtlib   an SMT-LIB 2 script; only declarations and assertions count, queries are skipped
    english  sentences of the controlled English that `verify` reads

    What can't be read exactly is an error with its line and column (exit code 2); nothing is written then.

    \b
    Examples:
      echo 'all x (Kind(x) -> -Rough(x)).' | verisearch convert --from fol --to smtlib
      echo 'All kind people are nice. Bob is kind.' | verisearch convert --from english --to fol
      verisearch convert premises.fol --from fol --to english --out premises.txt
      verisearch convert check.smt2 --from smtlib --to fol --json
    """
    content = read(file, source)
    text = to_json(content, source, target) if as_json else WRITERS[target](content)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="\n")


def read(file: str, notation: str) -> Content:
    """The formulas of a file. Raises `InputError` that names file, line and column."""
    from verisearch.ingest.source import Source

    name = "standard input" if file == "-" else file
    text = Source(name, None if file == "-" else Path(file)).read()
    try:
        return READERS[notation](text)
    except ParseError as error:
        raise InputError(f"{name}:{error.line}:{error.column}: {error.message}") from None


# --- readers ----------------------------------------------------------------------------------------------------
def from_fol(text: str) -> Content:
    from verisearch.logic.fol_reader import read_text

    vocabulary, formulas = read_text(text)
    return Content(vocabulary, formulas, [""] * len(formulas))


def from_smtlib(text: str) -> Content:
    from verisearch.logic.smtlib_reader import read_smtlib

    vocabulary, assertions = read_smtlib(text, skip_queries=True)
    return Content(vocabulary, [each.formula for each in assertions], [each.name for each in assertions])


def from_english(text: str) -> Content:
    from verisearch.logic.english import read_text

    vocabulary, formulas = read_text(text)
    return Content(vocabulary, formulas, [""] * len(formulas))


READERS: dict[str, Callable[[str], Content]] = {"fol": from_fol, "smtlib": from_smtlib, "english": from_english}


# --- writers ----------------------------------------------------------------------------------------------------
def fol_texts(content: Content) -> list[str]:
    from verisearch.logic.fol_writer import to_fol

    return [to_fol(formula) for formula in content.formulas]


def smtlib_texts(content: Content) -> list[str]:
    from verisearch.logic.smtlib_writer import formula_text

    return [formula_text(formula) for formula in content.formulas]


def english_texts(content: Content) -> list[str]:
    from verisearch.logic.english_writer import to_sentence

    return [to_sentence(formula, content.vocabulary) for formula in content.formulas]


TEXTS: dict[str, Callable[[Content], list[str]]] = {
    "fol": fol_texts,
    "smtlib": smtlib_texts,
    "english": english_texts,
}


def to_script(content: Content) -> str:
    """The formulas as an SMT-LIB script of declarations and assertions."""
    from verisearch.logic.smtlib_writer import script

    premises = [(name, formula, "") for name, formula in zip(content.names, content.formulas, strict=True)]
    return script(content.vocabulary, premises, check=False)


WRITERS: dict[str, Callable[[Content], str]] = {
    "fol": lambda content: "".join(f"{text}\n" for text in fol_texts(content)),
    "smtlib": to_script,
    "english": lambda content: "".join(f"{text}\n" for text in english_texts(content)),
}


def to_json(content: Content, source: str, target: str) -> str:
    """``{"from", "to", "declarations", "formulas": [{"name", "text"}]}``; the declarations are in SMT-LIB."""
    from verisearch.logic.smtlib_writer import declarations

    formulas = [
        {"name": name or None, "text": text} for name, text in zip(content.names, TEXTS[target](content), strict=True)
    ]
    result = {
        "from": source,
        "to": target,
        "declarations": declarations(content.vocabulary).splitlines(),
        "formulas": formulas,
    }
    return json.dumps(result, ensure_ascii=False, indent=2) + "\n"
