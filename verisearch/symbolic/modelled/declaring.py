"""Takes new symbols into a vocabulary: named alike, never two for one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verisearch.errors import SignatureError
from verisearch.logic.fol_names import KEYWORDS
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.symbolic.modelled.names import PLACE, canonical, canonical_sort, look_alikes, unaccented
from verisearch.symbolic.modelled.replies import Malformed, shown
from verisearch.symbolic.modelled.uses import misdeclared, own_gloss

__all__ = ["take"]

#: Most characters of a name.
LONGEST_NAME = 100
#: Names that no symbol can have: ``Not(Kind(bob))`` would be a statement about a thing called Kind(bob).
LOGICAL = frozenset({*KEYWORDS, "bool", "if", "then"})


def take(
    sorts: Sequence[str],
    new: Sequence[Signature],
    vocabulary: Vocabulary,
    fresh: list[Signature],
    insisted: set[str],
    *,
    simple: bool = True,
) -> dict[str, str]:
    """Declare new sorts and symbols in ``vocabulary``, and add the symbols to ``fresh``; what they were written as and
    are called now, where these differ.

    Raises `Malformed` for what doesn't fit with what there is, and for symbols that look like others: once for each, as
    whoever insists may have them. ``insisted`` keeps which these are. ``simple``: a symbol that denies or joins
    something is refused too.
    """
    called: dict[str, str] = {}
    for sort in sorts:
        double = next((known for known in vocabulary.sorts if canonical_sort(known) == canonical_sort(sort)), None)
        if double is not None:
            raise Malformed(f"the sort {sort} looks like {double}, which is declared already: did you mean that?")
        vocabulary.declare_sort(sort)
    for each in new:
        if len(each.name) > LONGEST_NAME:
            raise Malformed(f"the name {each.name[:20]}… has {len(each.name):,} characters: at most {LONGEST_NAME}")
        places = [int(place) for place in PLACE.findall(each.gloss)]
        if places != sorted(places):
            raise Malformed(f"what {each.name} means must have {{0}} before {{1}}: give its arguments in that order")
        named = replace(each, name=canonical(each.name) if each.args or each.is_predicate else own_letters(each))
        made = replace(named, gloss=own_gloss(named))
        if made.name.rstrip("_") in LOGICAL:
            raise Malformed(f"{each.name} is a word of logic and can't be the name of a symbol: write the connective")
        if simple and (fault := misdeclared(made)):
            raise Malformed(fault)
        if made.name != each.name:
            called[each.name] = made.name
        known = vocabulary.symbols.get(made.name)
        if known is not None and (known.args, known.sort) == (made.args, made.sort):
            continue
        refuse_double(made, vocabulary, insisted)
        try:
            vocabulary.declare(made)
        except SignatureError as error:
            raise Malformed(str(error)) from error
        fresh.append(made)
    return called


def own_letters(signature: Signature) -> str:
    """The name of a constant, with the accents that what it is called has: ``zoë`` for ``zoe``, "Zoë"."""
    name, called = canonical(signature.name), canonical(signature.gloss)
    return called if called != name and unaccented(called) == name else name


def refuse_double(made: Signature, vocabulary: Vocabulary, insisted: set[str]) -> None:
    """Offer back what a new symbol looks like; who insists may have it."""
    doubles = look_alikes(made, vocabulary)
    if doubles and made.name not in insisted:
        insisted.add(made.name)
        known = shown(Vocabulary({doubles[0].name: doubles[0]}))[-1]
        raise Malformed(f"{made.name} looks like what is declared already: did you mean {known}")
