"""Which full stops end a sentence and which belong to an abbreviation, an initial or a list number."""

from __future__ import annotations

import re

__all__ = ["ends_sentence"]


def words(*lines: str) -> frozenset[str]:
    """The words of ``lines``."""
    return frozenset(word for line in lines for word in line.split())


#: Always followed by a name.
HONORIFICS = words("mr mrs ms mx dr prof messrs mme mlle")
#: Always followed by more of the same sentence.
CONNECTIVES = words("e.g i.e vs cf viz ca approx incl esp resp")
#: Abbreviations only before a number: "No. 9", but "the answer is no. Bob …".
NUMBERED = words("no nos fig figs vol vols ch chap sec eq eqs p pp art ex")
#: May end a sentence; taken to do so only before a word that commonly starts one. No given names are here.
DOUBTFUL = words(
    "st mt ft etc inc ltd co corp jr sr dept est ave blvd rd bros assn univ",
    "feb sept oct nov dec hr hrs yr yrs oz lb lbs",
)
#: As `DOUBTFUL`, but only so written: otherwise they are words or names.
DOUBTFUL_AS_WRITTEN = words("Gen Col Rep Sen Rev Hon Gov Capt Cpt Lt Sgt Maj Adm Pres Supt Amb Fr Br Aug al")
#: Words that commonly start a sentence and seldom follow an abbreviation inside one.
STARTERS = words(
    "The A An It Its He She They We I You This That These Those There Here If When While Since Because As For From",
    "So Therefore Thus Hence Then Now Next Finally First Second Third Last In On At By To With Without Given",
    "According All Some No Every Each Any Most Many Everyone Someone Nobody Everything Something Nothing Anyone",
    "But And Or However Also Moreover Furthermore Additionally Similarly Likewise Consequently Let Note Both",
    "Neither Either His Her Their Our My What Which Who Where How Why Is Are Was Were Does Do Did Not Only",
    "Although Though Unless Until After Before During Under Using Based",
)
#: Before a lone capital, these say that it is the letter of an option, not an initial.
OPTION_WORDS = words("option options choice answer")

ACRONYM = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]|Ph\.D", re.ASCII)
LIST_NUMBER = re.compile(r"[*_#(]*(?:\d{1,3}|§{1,2}\d+[A-Za-z]?)")
FIRST_WORD = re.compile(r"[\"“‘'(\[*_`]*([A-Za-z]+)")
LEADING_MARKS = "\"“”‘’'([*_`"


def ends_sentence(text: str, start: int, stop: int, following: int) -> bool:
    """Whether the single full stop at ``stop`` ends the sentence that began at ``start``.

    ``following`` is the position of the next character that is no space. Everything doubtful counts as "no": a
    sentence too long is seen to be unreadable, one cut short might be taken for another.
    """
    token = text[max(start, stop - 40) : stop].split()
    if not token:
        return False
    word = token[-1]
    if LIST_NUMBER.fullmatch(word) and len(token) == 1 and stop - start <= 40:
        return False
    word = word.lstrip(LEADING_MARKS).rpartition("—")[2]
    if not word:
        return True
    lower = word.lower()
    if lower in HONORIFICS or lower in CONNECTIVES:
        return False
    if lower in NUMBERED and (text[following].isdigit() or text[following] == "#"):
        return False
    previous = token[-2].lower() if len(token) > 1 else ""
    if may_end(word, lower, previous):
        return True
    return starter_at(text, following)


def may_end(word: str, lower: str, previous: str) -> bool:
    """Whether a full stop after ``word`` is nothing but a full stop."""
    if len(word) == 1 and word.isupper():
        return previous in OPTION_WORDS or previous.endswith(":")
    return not (lower in DOUBTFUL or word in DOUBTFUL_AS_WRITTEN or ACRONYM.fullmatch(word))


def starter_at(text: str, position: int) -> bool:
    """Whether a word that commonly starts sentences stands at ``position``."""
    found = FIRST_WORD.match(text, position)
    if not found or found[1] not in STARTERS:
        return False
    return text[found.end() : found.end() + 1] != "."
