"""What comparing words with formulas finds: FOLIO's own formulas refused (false alarms), wrong ones caught.

A formula is wrong for a sentence if it is another sentence's of the same story, or the sentence's own changed as a
careless translator changes it. FOLIO's formulas have no glosses, abbreviate a lot and are wrong in places, so its false
alarms are more than those of a model that names what it declares by the words of the text. What a mutant keeps all
words of (a reversed implication, exchanged quantifiers) can't be found this way; independent readings are for that.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from common import finish, parser, progress, share, spread, table
from mutations import MUTATIONS, mutants, with_children

from verisearch.errors import InputError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.fol_writer import to_fol
from verisearch.logic.formula import Atom, Compare, Equal, Formula, Func, Term, children
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.modelled.anchors import misfit
from verisearch.symbolic.modelled.uses import Uses

FILES = ("folio_v0_validation", "folio_v2_train")


class Story(NamedTuple):
    """Sentences with their formulas, and the vocabulary of them all."""

    name: str
    sentences: tuple[tuple[str, Formula], ...]
    vocabulary: Vocabulary


def stories_of(path: Path) -> Iterator[Story]:
    """The stories of a file, each once; sentences whose formula can't be read are left out."""
    seen: set[str] = set()
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            row = json.loads(line)
            texts, formulas = (
                value.split("\n") if isinstance(value, str) else value
                for value in (row["premises"], row["premises-FOL"])
            )
            if len(texts) != len(formulas) or "\n".join(texts) in seen:
                continue
            seen.add("\n".join(texts))
            read: list[tuple[str, Formula]] = []
            for text, written in zip(texts, formulas, strict=True):
                try:
                    formula = parse_formula(written)
                    Vocabulary.of([*(each for _, each in read), formula])
                except InputError:
                    continue
                read.append((text.removeprefix("[BG] ").strip(), formula))
            if read:
                yield Story(str(row.get("id", row.get("example_id"))), tuple(read), Vocabulary.of(f for _, f in read))


def other_constant(formula: Formula, vocabulary: Vocabulary) -> Iterator[Formula]:
    """``formula`` with one of its constants exchanged for another of the story, everywhere."""
    names = [constant.name for constant in vocabulary.constants]
    for one in names:
        for other in names:
            changed = exchanged(formula, one, other)
            if one != other and changed != formula:
                yield changed
                break


def exchanged(formula: Formula, one: str, other: str) -> Formula:
    if isinstance(formula, Atom):
        return replace(formula, args=tuple(exchanged_term(term, one, other) for term in formula.args))
    if isinstance(formula, Equal | Compare):
        return replace(
            formula, left=exchanged_term(formula.left, one, other), right=exchanged_term(formula.right, one, other)
        )
    return with_children(formula, tuple(exchanged(part, one, other) for part in children(formula)))


def exchanged_term(term: Term, one: str, other: str) -> Term:
    if isinstance(term, Func):
        name = other if term.name == one and not term.args else term.name
        return replace(term, name=name, args=tuple(exchanged_term(each, one, other) for each in term.args))
    return term


def wrong(story: Story, place: int, places: int) -> Iterator[tuple[str, Formula]]:
    """Wrong formulas for a sentence of a story, each with what is wrong with it."""
    _, formula = story.sentences[place]
    for other, (_, another) in enumerate(story.sentences):
        if other != place and another != formula:
            yield "another sentence's", another
    for changed in spread(other_constant(formula, story.vocabulary), places):
        yield "other constant", changed
    for name, change in MUTATIONS.items():
        for mutant in spread(mutants(formula, change), places):
            if mutant != formula:
                yield name, mutant


def kind_of(reason: str) -> str:
    """A reason without the words it is about."""
    return re.sub(r"\s*\([^)]*\)", "", re.sub(r"'[^']*'(?:, '[^']*')*", "…", re.sub(r"\d+(?:\.\d+)?", "…", reason)))


def main() -> None:
    arguments = parser(__doc__, unit="stories of each file")
    arguments.add_argument("--places", type=int, default=2, help="mutants of each kind for a formula, at most")
    args = arguments.parse_args()
    started = time.perf_counter()
    files: list[list[object]] = []
    reasons: Counter[str] = Counter()
    caught: dict[str, Counter[bool]] = {}
    refused: list[dict[str, str]] = []
    for file in FILES:
        right = alarms = 0
        for story in progress(spread(stories_of(args.data / "logic" / f"{file}.jsonl"), args.limit), file):
            uses = Uses()
            for place, (text, formula) in enumerate(story.sentences):
                right += 1
                reason = misfit(text, text, [formula], story.vocabulary)
                reason = reason or uses.clash(text, [formula], story.vocabulary)
                if not reason:
                    uses.take(text, [formula], story.vocabulary)
                if reason:
                    alarms += 1
                    reasons[kind_of(reason)] += 1
                    refused.append({"story": story.name, "text": text, "formula": to_fol(formula), "reason": reason})
                    continue
                for name, changed in wrong(story, place, args.places):
                    found = misfit(text, text, [changed], story.vocabulary)
                    caught.setdefault(name, Counter())[bool(found)] += 1
        files.append([file, right, alarms, share(alarms, right)])
    rows = [
        [name, sum(each.values()), each[True], share(each[True], sum(each.values()))] for name, each in caught.items()
    ]
    figures = {
        "files": [dict(zip(("file", "sentences", "refused"), each, strict=False)) for each in files],
        "reasons": reasons,
        "wrong": [dict(zip(("kind", "formulas", "caught"), each, strict=False)) for each in rows],
        "refused": refused,
    }
    tables = [
        table("Sentences with their own formula", ["file", "sentences", "refused", "of them"], files),
        table("Why they are refused", ["reason", "sentences"], [[*each] for each in reasons.most_common()]),
        table(
            "Wrong formulas for sentences whose own one passes",
            ["what is wrong", "formulas", "caught", "of them"],
            rows,
        ),
    ]
    finish("anchors", figures, tables, args.out, started)


if __name__ == "__main__":
    main()
