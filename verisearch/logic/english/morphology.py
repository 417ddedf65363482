"""Inflection: one key for the forms of a noun or a verb.

Stripping endings is ambiguous (is "chases" from "chase" or "chas"?), adding them is not. So a noun's key is its plural
and a verb's key its third person singular: the inflected form is the key, and the base form is inflected to get it.
Any word works, known or invented.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["base_guess", "plural", "singular_guess", "third_person"]

IRREGULAR_PLURALS = {
    "calf": "calves",
    "child": "children",
    "deer": "deer",
    "elf": "elves",
    "fish": "fish",
    "foot": "feet",
    "goose": "geese",
    "half": "halves",
    "knife": "knives",
    "leaf": "leaves",
    "life": "lives",
    "loaf": "loaves",
    "louse": "lice",
    "man": "men",
    "mouse": "mice",
    "ox": "oxen",
    "person": "people",
    "sheep": "sheep",
    "shelf": "shelves",
    "species": "species",
    "thief": "thieves",
    "tooth": "teeth",
    "wife": "wives",
    "wolf": "wolves",
    "woman": "women",
}
IRREGULAR_THIRD = {"be": "is", "have": "has"}
SINGULARS = {form: base for base, form in IRREGULAR_PLURALS.items()}
BASES = {form: base for base, form in IRREGULAR_THIRD.items()}
VOWELS = "aeiou"


def add_s(word: str) -> str:
    """The regular -s form of a noun or a verb."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in VOWELS:
        return word[:-1] + "ies"
    return word + "s"


@lru_cache(maxsize=4096)
def plural(noun: str) -> str:
    """The plural of a lower-case singular noun; of a compound, that of its last word."""
    head, _, last = noun.rpartition(" ")
    form = IRREGULAR_PLURALS.get(last)
    if form is None and last.endswith(("man", "woman")) and len(last) > 5:
        form = last[:-2] + "en"
    return f"{head} {form or add_s(last)}".strip()


@lru_cache(maxsize=4096)
def third_person(verb: str) -> str:
    """The third person singular of a lower-case base verb."""
    if verb in IRREGULAR_THIRD:
        return IRREGULAR_THIRD[verb]
    return verb + "es" if verb.endswith("o") else add_s(verb)


def strip_s(word: str) -> str:
    """A likely base of an -s form. For display only."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "uses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def singular_guess(key: str) -> str:
    """A likely singular of a plural. For display only: keys are never made with it."""
    head, _, last = key.rpartition(" ")
    return f"{head} {SINGULARS.get(last) or strip_s(last)}".strip()


def base_guess(key: str) -> str:
    """A likely base of a third-person form. For display only."""
    if key in BASES:
        return BASES[key]
    return key[:-2] if key.endswith("oes") else strip_s(key)
