"""Does a formula have the negations, quantifiers and connectives of its words? By strings, as in `anchors`.

Of each there is a word that a text can hardly do without, and a shape that its formula can't. What has the same words
in another order or place is caught only where English leaves no choice ("if … then", "all … are"). What is left to
independent readings: "if" as "if and only if", an exclusive "or" as one that isn't, the order of two quantifiers, a
rule reversed that has one predicate on both sides, the arguments of a verb about no names, tense ("was nice" as "is").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from verisearch.logic.formula import (
    FALSE,
    And,
    Atom,
    Compare,
    Equal,
    Exists,
    Forall,
    Formula,
    Func,
    Iff,
    Implies,
    Not,
    Number,
    Or,
    Var,
    Xor,
    subformulas,
)
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.modelled.likeness import WORD, among, content, same_word, words_in
from verisearch.symbolic.modelled.names import words_of
from verisearch.symbolic.modelled.phrases import (
    ALIKE,
    BOTH_WAYS,
    CLAUSE,
    CONDITION,
    COUNTED,
    EACH,
    EITHER,
    FORALL,
    GENERAL,
    HEDGE,
    IDLE,
    IF,
    LESS,
    MEASURED,
    MORE,
    NEGATIVE,
    NOT_ALL,
    NOT_BOTH,
    ONLY,
    ORDER,
    PASSIVE,
    SAME,
    SOME,
    SURE,
    TURNED,
)

__all__ = ["misworded"]


def misworded(
    text: str, formulas: Sequence[Formula], own: Mapping[str, Sequence[str]], said: set[str], vocabulary: Vocabulary
) -> str:
    """What the formulas' shape has that the text hasn't, or the other way round. ``own``: the words of each symbol;
    ``said``: those and the words of sorts."""
    signs = [each for formula in formulas for each in signed(formula)]
    return (
        hedged(text, own)
        or ordered(text, own)
        or lacking_negation(text, signs, own)
        or moved_negation(text, signs, own)
        or quantified(text, signs, own)
        or unrestricted(text, signs, said)
        or connected(text, signs)
        or compared(text, signs)
        or alike(text, signs)
        or turned_round(text, formulas, own)
        or swapped(text, formulas, own, vocabulary)
    )


def signed(formula: Formula, sign: int = 1) -> Iterator[tuple[Formula, int]]:
    """The parts of a formula, each with 1 if it makes the whole say more, -1 if less, 0 if both or neither."""
    stack = [(formula, sign)]
    while stack:
        part, sign = stack.pop()
        yield part, sign
        if isinstance(part, Not):
            stack.append((part.body, -sign))
        elif isinstance(part, Implies):
            stack += [(part.body, -sign), (part.head, sign)]
        elif isinstance(part, Iff | Xor):
            stack += [(part.left, 0), (part.right, 0)]
        elif isinstance(part, And | Or):
            stack += [(each, sign) for each in part.parts]
        elif isinstance(part, Forall | Exists):
            stack.append((part.body, sign))


Signs = Sequence[tuple[Formula, int]]


def has(signs: Signs, *kinds: type) -> bool:
    return any(isinstance(part, kinds) for part, _ in signs)


# --- what is no statement ---------------------------------------------------------------------------------------------
def hedged(text: str, own: Mapping[str, Sequence[str]]) -> str:
    """What somebody says, or what may be, is told as so."""
    said = [word for name, words in own.items() for word in (*words, *words_of(name))]
    if text.rstrip(" \"'”’)").endswith("?"):
        return "the text is a question: that states nothing"
    found = next((each for each in HEDGE.finditer(IDLE.sub(" ", text)) if not among(each[0].lower(), said)), None)
    return f"the text says {found[0]!r}, and the formula takes it as so" if found else ""


def ordered(text: str, own: Mapping[str, Sequence[str]]) -> str:
    found = ORDER.match(text)
    if found is None or among(found["verb"].lower(), [word for words in own.values() for word in words]):
        return ""
    return f"the text tells somebody to {found['verb'].lower()}: that states nothing"


# --- negations --------------------------------------------------------------------------------------------------------
def denies(part: Formula) -> bool:
    """A negation; two variables that differ are "some" in the plural."""
    if part == FALSE:
        return True
    if not isinstance(part, Not):
        return False
    inner = part.body
    return not (isinstance(inner, Equal) and isinstance(inner.left, Var) and isinstance(inner.right, Var))


def negative_names(own: Mapping[str, Sequence[str]]) -> bool:
    return any(NEGATIVE.search(" ".join([*words_of(name), *words])) for name, words in own.items())


def sure_negation(text: str) -> re.Match[str] | None:
    return SURE.search(IDLE.sub(" ", text))


def lacking_negation(text: str, signs: Signs, own: Mapping[str, Sequence[str]]) -> str:
    """A negation that only one of the two has."""
    negated = any(denies(part) for part, _ in signs)
    turned = has(signs, Compare, Or, Xor)
    named = negative_names(own)
    says = NEGATIVE.search(text)
    if negated and not says and not TURNED.search(text) and not named:
        return "the formula has a negation, and the text doesn't"
    if says and not negated and not named and not turned and (sure := sure_negation(text)):
        return f"the text has a negation ({sure[0]!r}), and the formula doesn't"
    return ""


def moved_negation(text: str, signs: Signs, own: Mapping[str, Sequence[str]]) -> str:
    """A clause that denies something, of which the formula denies nothing."""
    if has(signs, Or, Xor, Iff, Compare) or negative_names(own):
        return ""
    clauses = [clause for clause in CLAUSE.split(IDLE.sub(" ", text)) if content(WORD.findall(clause))]
    if len(clauses) < 2:
        return ""
    denied = {
        atom.predicate
        for part, _ in signs
        if isinstance(part, Not)
        for atom in subformulas(part)
        if isinstance(atom, Atom)
    }
    atoms = {part.predicate for part, _ in signs if isinstance(part, Atom)}
    for clause in clauses:
        words = content(WORD.findall(clause))
        inside = {name for name in atoms if any(among(word, words) for word in own.get(name, ()))}
        sure = SURE.search(clause)
        if sure and inside and not inside & denied:
            return f"the text denies something in {clause.strip()!r}, and the formula doesn't"
        if not NEGATIVE.search(text.partition(clause)[0] + clause) and not TURNED.search(text):
            outside = [
                name
                for name in inside & denied
                if not any(among(word, content(WORD.findall(text.replace(clause, " ")))) for word in own.get(name, ()))
            ]
            if outside:
                return f"the formula denies {outside[0]!r}, and the text doesn't"
    return ""


# --- quantifiers ------------------------------------------------------------------------------------------------------
def quantified(text: str, signs: Signs, names: Iterable[str]) -> str:
    """What holds of all is said of some, or the other way round."""
    strong = any((isinstance(p, Forall) and s > 0) or (isinstance(p, Exists) and s < 0) for p, s in signs)
    weak = any((isinstance(p, Exists) and s > 0) or (isinstance(p, Forall) and s < 0) for p, s in signs)
    if strong and not GENERAL.search(text) and not any(isinstance(p, Forall) and numeric(p) for p, _ in signs):
        return "the formula speaks of all things, and the text only of what it names"
    if strong and not weak and SOME.search(text) and not EACH.search(text) and not IF.search(text):
        return "the text speaks of some, and the formula of all"
    if NOT_ALL.search(text) and strong and not weak:
        return "the text says 'not all', and the formula speaks of all"
    counted = FORALL.search(COUNTED.sub(" ", text))
    if counted and not strong and not has(signs, Forall) and not any(counted[0].lower() in words_of(n) for n in names):
        return "the text speaks of all, and the formula doesn't"
    return ""


def unrestricted(text: str, signs: Signs, said: set[str]) -> str:
    """ "All dogs are nice" as if everything were."""
    if has(signs, Implies, Iff, Or, Xor, Not, Compare):
        return ""
    lacking = next((word for word in content(WORD.findall(text)) if not among(word, said)), None)
    if lacking and any(isinstance(part, Forall) and sign > 0 and not numeric(part) for part, sign in signs):
        return f"the formula speaks of all things, and the text of {lacking!r}"
    return ""


def numeric(part: Forall) -> bool:
    return all(variable.sort in ("Int", "Real") for variable in part.variables)


# --- connectives ------------------------------------------------------------------------------------------------------
def connected(text: str, signs: Signs) -> str:
    """An "or" or an "if" that only one of the two has."""
    conditional = has(signs, Implies, Iff, Or, Xor, Not, Compare)
    if any(isinstance(part, Or | Xor) and sign > 0 for part, sign in signs) and not EITHER.search(text):
        return "the formula has an 'or', and the text doesn't"
    if re.search(r"\bor\b", IDLE.sub(" ", text), re.IGNORECASE) and not conditional:
        return "the text has an 'or', and the formula doesn't"
    if IF.search(text) and not conditional:
        return "the text has an 'if', and the formula doesn't"
    if re.search(r"\bunless\b", text, re.IGNORECASE) and not has(signs, Not, Or, Xor, Iff):
        return "the text has an 'unless', and the formula has neither 'not' nor 'or'"
    if NOT_BOTH.search(text) and not has(signs, Xor, Iff, Implies) and not denied_together(signs):
        return "the text says 'not both', and the formula doesn't"
    if BOTH_WAYS.search(text) and not has(signs, Iff, Xor) and sum(isinstance(p, Implies) for p, _ in signs) < 2:
        return "the text has 'if and only if', and the formula only 'if'"
    for part, sign in signs:
        both = isinstance(part, Forall) and sign > 0 and isinstance(part.body, And) and not conditional
        if both and not re.search(r"\b(?:and|both|but)\b|,", text, re.IGNORECASE):
            return "the formula says two things of all, where the text says one of some: use =>"
    return ""


def denied_together(signs: Signs) -> bool:
    """Whether two things are denied together, or one of them each: "not both"."""
    if any(isinstance(part, Not) and isinstance(part.body, And) for part, _ in signs):
        return True
    return any(isinstance(part, Or) and any(isinstance(each, Not) for each in part.parts) for part, _ in signs)


def compared(text: str, signs: Signs) -> str:
    """ "Under 30" as if it were "over 30"."""
    less, more = LESS.search(text), MORE.search(text)
    equal = any(isinstance(p, Equal) and (isinstance(p.left, Number) or isinstance(p.right, Number)) for p, _ in signs)
    if MEASURED.search(text) and equal and not has(signs, Compare):
        return "the text compares, and the formula says equal"
    if bool(less) == bool(more) or has(signs, Not) or sure_negation(text):
        return ""
    ways = [
        (part.op in ("<", "<=")) == isinstance(part.right, Number)
        for part, _ in signs
        if isinstance(part, Compare) and isinstance(part.left, Number) != isinstance(part.right, Number)
    ]
    if ways and bool(less) not in ways:
        return f"the text says {(less or more or [''])[0]!r}, and the formula the opposite"
    return ""


def alike(text: str, signs: Signs) -> str:
    """Things are called the same that the text doesn't call so."""
    for part, sign in signs:
        if isinstance(part, Equal) and sign > 0:
            free = isinstance(part.left, Var) or isinstance(part.right, Var)
            plain = all(
                isinstance(side, Var) or (isinstance(side, Func) and not side.args) for side in (part.left, part.right)
            )
            if plain and part.left.sort not in ("Int", "Real") and not (SAME if free else ALIKE).search(text):
                return "the formula calls things the same, and the text doesn't"
    return ""


# --- order ------------------------------------------------------------------------------------------------------------
def places(words: Sequence[str], text: Sequence[str]) -> list[int]:
    """Where in the text the words of a symbol stand."""
    return [place for place, word in enumerate(text) if any(same_word(word, each) for each in words)]


def turned_round(text: str, formulas: Sequence[Formula], own: Mapping[str, Sequence[str]]) -> str:
    """ "If A then B", "B if A", "all A are B" as if B were the condition; "only A are B" as if A were."""
    if re.search(r"\b(?:unless|vice versa|if and only if)\b", text, re.I) or len(IF.findall(text)) > 1:
        return ""
    words = words_in(text)
    behind = "if" in words[1:] and not CONDITION.match(text) and "only" not in words
    first_is_head = behind or ONLY.match(text) is not None
    if not first_is_head and (not CONDITION.match(text) or "only" in words):
        return ""
    for formula in formulas:
        while isinstance(formula, Forall):
            formula = formula.body
        if not isinstance(formula, Implies) or has(list(signed(formula.head)), Implies):
            continue
        body, head = (
            {part.predicate for part in subformulas(side) if isinstance(part, Atom)}
            for side in (formula.body, formula.head)
        )
        condition, result = (
            [place for name in side for place in places(own.get(name, ()), words)]
            for side in (body - head, head - body)
        )
        if behind:
            wrong = condition and result and max(condition) < words.index("if", 1) < min(result)
        else:
            early, late = (condition, result) if first_is_head else (result, condition)
            wrong = early and late and min(early) < min(late) and max(early) < max(late)
        if wrong:
            return "the formula takes what follows for the condition, by the order of the text"
    return ""


def swapped(text: str, formulas: Sequence[Formula], own: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> str:
    """ "A likes B" as if B liked A, by the order of two names and that of what the predicate means."""
    if PASSIVE.search(text):
        return ""
    words = words_in(text)
    for formula in formulas:
        for part in subformulas(formula):
            if not isinstance(part, Atom) or len(part.args) < 2:
                continue
            named = [arg.name if isinstance(arg, Func) and not arg.args else "" for arg in part.args]
            first, second = (places(own.get(name, ()), words) for name in named[:2])
            backward = "by" in words_of(part.predicate)
            meaning = vocabulary.gloss(part.predicate) or ("{1} {0}" if backward else "{0} {1}")
            forward = meaning.find("{0}") < meaning.find("{1}")
            if first and second and (max(first) < min(second) if not forward else max(second) < min(first)):
                return f"the text has {named[0]!r} and {named[1]!r} the other way round"
    return ""
