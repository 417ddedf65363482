"""Reading replies in FOL notation, ``∀x (Kind(x) → Nice(x)) ::: All kind people are nice.``: what models write that
were taught FOLIO, LINC (arXiv 2310.15164) or Logic-LM (arXiv 2305.12295), whatever they are asked for.

One formula a line, in the notation of `verisearch.logic.fol_reader`; behind ``:::`` are the words it stands for.
Bullets, headings and fences are passed over. Nothing is repaired.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from verisearch.errors import ParseError, VerisearchError
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import FALSE, THING
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.symbolic.modelled.names import canonical
from verisearch.symbolic.modelled.replies import (
    CANNOT,
    FENCE,
    MAX_ASSERTIONS,
    Asserted,
    Cannot,
    Malformed,
    commands,
    refuse_loose,
)

__all__ = ["Notation", "read_notation"]

#: A mark before a formula. A hyphen is none where it can be a negation, see `statements`.
BULLET = re.compile(r"(?:[*•‣–]|\(?\d{1,2}[.):])\s+")
HEADING = re.compile(r"[\W\d]*([A-Za-z][\w -]{0,60}):[\W]*")
COMMENT = re.compile(r"//|%|#")
NAME = re.compile(r"[^\W\d][\w'’]*(?:[.-][\w'’]+)*|'(?:[^'\\\n]|\\.){0,200}'")
#: Signs that only FOL notation has: who writes them doesn't write ``-`` for "not".
SIGNS = re.compile(r"[∀∃¬∧∨→↔⊕]")
#: Logic-LM's ``Kind(bob, False)``: such an argument denies the rest, and would be read as any other.
TRUTHS = ("true", "false", "bool")
#: Sections that only describe symbols.
DESCRIBING = ("predicates", "constants", "symbols", "vocabulary", "definitions")


@dataclass(frozen=True, slots=True)
class Notation:
    """The formulas of a reply, and the symbols in them that the vocabulary doesn't have. ``names``: what symbols that
    are written otherwise are called there."""

    asserted: tuple[Asserted, ...]
    new: tuple[Signature, ...]
    names: dict[str, str]


def read_notation(reply: str, vocabulary: Vocabulary) -> Notation | Cannot:
    """A reply without SMT-LIB commands as formulas over ``vocabulary`` and further symbols; or the signal that the text
    can't be said: a line ``cannot: …``, or a formula that is false. Raises `Malformed`.
    """
    wide = vocabulary.copy()
    names: dict[str, str] = {}
    asserted: list[Asserted] = []
    found = commands(reply)
    for comment in (*found.comments, *reply.splitlines()):
        if signal := CANNOT.match(comment):
            return Cannot(signal["why"])
    for formula_text, words in statements(reply):
        names |= known_otherwise(formula_text, wide)
        try:
            formula = parse_formula(formula_text, wide)
            if formula == FALSE:
                return Cannot("")
            wide.add(formula)
        except ParseError as error:
            refuse_loose(found, vocabulary)  # it was meant as SMT-LIB
            raise Malformed(explained(error, formula_text, bool(asserted))) from error
        except (VerisearchError, RecursionError, ValueError, OverflowError) as error:
            raise Malformed(str(error)) from error
        asserted.append(Asserted(formula, words))
        if len(asserted) > MAX_ASSERTIONS:
            raise Malformed(f"there are more than {MAX_ASSERTIONS} formulas for one text")
    if not asserted:
        raise Malformed("there is no (assert …) in the reply")
    new = [each for name, each in wide.symbols.items() if name not in vocabulary.symbols and name not in names]
    for each in new:
        if each.name.lower() in TRUTHS and not each.is_predicate:
            raise Malformed(f"{each.name} is a truth value, and stands where a thing does: write ¬ for what isn't so")
        if each.is_predicate and not each.args:
            raise Malformed(f"{each.name!r} is a word without arguments: no formula")
    return Notation(tuple(asserted), tuple(new), names)


def statements(reply: str) -> Iterator[tuple[str, str]]:
    """The formulas of a reply as they are written, each with its words. Raises `Malformed` for a reply of several
    sections: they say more than one text."""
    text = "\n".join(line.partition(";")[0] for line in FENCE.sub("", reply).replace("`", "").splitlines())
    hyphens = BULLET if not SIGNS.search(text) else re.compile(rf"-\s+|{BULLET.pattern}")
    section, used = "", ""
    for line in text.splitlines():
        bare = line.strip()
        heading = HEADING.fullmatch(bare)
        if heading:
            section = heading[1].lower()
            continue
        if not bare or COMMENT.match(bare) or section in DESCRIBING:
            continue
        if used and used != section:
            raise Malformed(f"the reply has the sections {used!r} and {section!r}: write what the one text says")
        used = section
        mark = hyphens.match(bare)
        formula, _, words = (bare[mark.end() :] if mark else bare).partition(":::")
        if re.match(r"-\s", formula):
            raise Malformed(f"'-' can be a bullet or a negation in {formula.strip()[:60]!r}: write ¬ or leave it out")
        yield formula.strip(), words.strip()


def known_otherwise(text: str, wide: Vocabulary) -> dict[str, str]:
    """Names in ``text`` that are other spellings of symbols in ``wide``; they are declared there too."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(NAME.findall(text)):
        known = wide.symbols.get(canonical(name))
        if name not in wide.symbols and known is not None and not name.startswith("'"):
            wide.declare(replace(known, name=name))
            found[name] = known.name
    return found


def explained(error: ParseError, text: str, formulas: bool) -> str:
    """Why a line can't be read. One that is no formula at all, in a reply without any, is just that."""
    said = f"{error.message} (column {error.column} of {text[:60]!r})"
    if f"({THING}" in error.message or f"{THING})" in error.message or f"sort {THING}" in error.message:
        said += "; give a variable its sort where it is bound, as in ∀x:Sort"
    looks = formulas or SIGNS.search(text) or re.search(r"\w\(", text) or "->" in text
    return said if looks else f"there is no (assert …) in the reply, and it isn't FOL notation either: {said}"
