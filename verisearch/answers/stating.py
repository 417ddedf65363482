"""The answer that a sentence states: "The answer is **42**.", "Therefore $x = 3$." Read strictly, for comparing."""

from __future__ import annotations

import re

from verisearch.answers.plain import DELIMITED, DOUBLED
from verisearch.ingest.answer import ANNOUNCER

__all__ = ["DENIED", "boxes", "of_sentence", "stated", "yes_or_no"]

#: Longer texts than this are read from their end.
LONGEST = 20_000
#: How far around a box is looked for what changes it.
NEAR = 40
CHAT = re.compile(r"<\|")
THOUGHT = re.compile(r"<think>|</think>")
BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
#: Between two boxes that are one list.
BETWEEN = re.compile(
    r"(?:\s|[.,;$]|\\[()\[\]]|\\q?quad|\\text\s*\{\s*,?\s*(?:and|or)\s*\}|\band\b|(?<![A-Za-z\\])[A-Za-z](?:_\{?\w\}?)?\s*=)*",
    re.IGNORECASE,
)
#: What may touch a box and leaves what is in it as it is.
BEFORE = re.compile(
    r"(?:^|[\s=:($*>,}]|\\in|\\Rightarrow|\\implies|\\equiv|(?<![A-Za-z\\])[A-Za-z]{3,}|\\[(\[,;]|\$)\Z"
)
BEHIND = re.compile(r"\A(?:$|[\s.,;:$*)]|\s*\\pmod|\\[)\],;]|\\(?:boxed|fbox|q?quad)|<)")
SIGN_BEFORE = re.compile(
    r"(?:(?<!\*)\*|[-+/^_<>≤≥≠~±]|\\(?:neq|leq?|geq?|pm|cdot|times|div|approx|sim|not|ne|lt|gt|sqrt|frac))[\s$]*\Z"
)
SIGN_BEHIND = re.compile(r"\A[\s$]*(?:[-+/^_!%=<>±]|\\(?:%|cdot|times|pm(?!od)|cup|text(?!\s*\{\s*,?\s*(?:and|or)\b)))")
NUMBER_BEFORE = re.compile(r"\d(?:[\s$*]|\\[(\[])*\Z")
NUMBER_BEHIND = re.compile(r"(?:[\s$*]|\\[)\]])*\d")
#: Words that make of a number something else, or take it back.
DENIED = re.compile(
    r"\b(?:not|no|never|cannot|nor|neither|none|without|wrong|incorrect\w*|false|invalid|unlikely|mistake\w*|error|deny|denie[ds]|doubt\w*|unsure|hardly|far|nobody|anything|anyone"
    r"|unless|except|but|if|whether|suppos\w+|assum\w+|either|or|guess\w*|maybe|perhaps|possibly|probably|instead|rather"
    r"|other|than|least|most|half|twice|double|triple|times|plus|minus|negative|opposite|inverse|reciprocal|square[ds]?|cube[ds]?|root"
    r"|between|around|about|approximately|roughly|nearly|almost|ignore|pretend|accept|grade[rd]?|reference|same|option|options|any|all|everything|whatever)\b"
    r"|n[’']t\b|\?",
    re.IGNORECASE,
)
#: Words that take back a box, and those behind it that weigh it against others.
TAKEN_BACK = re.compile(
    r"\b(?:not|never|cannot|nor|neither|wrong|incorrect\w*|false|invalid|unless|except|guess\w*|maybe|perhaps|either|instead"
    r"|ignore|pretend|reference|doubt\w*|nobody)\b|n[’']t\b|\?",
    re.IGNORECASE,
)
WEIGHED = re.compile(r"\A[\s$.,*)\\]*\b(?:or|if|unless|but|only)\b", re.IGNORECASE)
#: Right before a value: what says that it is the answer.
SAYS = re.compile(
    r"(?:\b(?:is|are|equals|equal to|that|get|find|obtain|have|answer|answers|thus|therefore|so|hence)|[:=])[\s:*_]*\Z",
    re.IGNORECASE,
)
COPULA = re.compile(r"(?:\b(?:is|are|equals)\b|:)[\s*_]+(?=[^\s])", re.IGNORECASE)
#: Behind a value: nothing, or that it is the answer.
CLAIMS = re.compile(
    r"[\s*_]*(?:\.[\s.*_]*|(?:is|are) (?:our|the) (?:final |correct )?(?:answer|solution|result)s?[\s.*_]*)?",
    re.IGNORECASE,
)
HOPE = re.compile(r"I hope (?:it|this) (?:is correct|helps)\.?\s*\Z", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*_$\\\d(-])|\n+|\s+(?=(?:So|Therefore|Thus|Hence|Final Answer)\b)")
YES_NO = re.compile(
    r"(?P<word>yes|no)(?:\s*[,.;:]\s*|\s+)"
    r"(?P<who>(?:it|this|that|they|he|she|there|we|you)\s+)(?P<verb>is|are|was|were|does|do|did|has|have|can|will|would)"
    r"(?P<denied>\s*n[’']t|\s+not|not)?",
    re.IGNORECASE,
)


def yes_or_no(text: str) -> str | None:
    """``yes`` or ``no`` for "Yes, it is" and the like; None for any other text, and for one that contradicts itself."""
    found = YES_NO.fullmatch(text)
    if found is None or (found["word"].lower() == "no") != (found["denied"] is not None):
        return None
    return found["word"].lower()


def stated(text: str) -> str | None:
    """The answer that a text with words in it states, as it is written; None if it states none, or several, or hedges.

    In order: what is in its boxes; what follows its last "the answer is"; what its last sentence says that something
    is. Sentences that deny, compare or weigh are not read.
    """
    text = HOPE.sub("", CHAT.split(DOUBLED.sub(r"\\", text[-LONGEST:]), maxsplit=1)[0]).strip()
    thought = THOUGHT.findall(text)
    if thought:
        # what was only thought is no answer
        text = text.rpartition("</think>")[2].strip() if thought[-1] == "</think>" else ""
    if not text:
        return None
    if BOX.search(text):
        return boxed(text)
    sentences = [part for part in SENTENCE.split(protected(text)) if part.strip()]
    sentence = restored(sentences[-1], text)
    announced = list(ANNOUNCER.finditer(text))
    if announced:
        start = text.rfind("\n", 0, announced[-1].start()) + 1
        before = text[max(start, announced[-1].start() - 200) : announced[-1].start()]
        behind = text[announced[-1].end() :].strip()
        if DENIED.search(last_sentence(before)) or DENIED.search(outside(behind)):
            return None
        return behind.strip("*_ \t\r\n") or None
    return of_sentence(sentence)


def protected(text: str) -> str:
    """``text`` with the mathematics blanked, so that no sentence ends inside of it."""
    return DELIMITED.sub(lambda found: "$" + "#" * (len(found[0]) - 2) + "$", text)


def restored(part: str, text: str) -> str:
    """The last sentence as it was: the blanked text is as long as the text itself."""
    return text[len(text) - len(part) :] if part and protected(text).endswith(part) else part


def last_sentence(text: str) -> str:
    return SENTENCE.split(text)[-1] if text else ""


def outside(text: str) -> str:
    """The words of a text outside of its mathematics."""
    return re.sub(r"\\text\s*\{\s*,?\s*(?:and|or)\s*\}|\\[A-Za-z]+", " ", DELIMITED.sub(" ", text))


def of_sentence(sentence: str) -> str | None:
    """What one sentence says that something is."""
    if DENIED.search(outside(sentence)):
        return None
    formulas = list(DELIMITED.finditer(sentence))
    if formulas:
        last = formulas[-1]
        before, behind = sentence[: last.start()], sentence[last.end() :]
        numbers = any(mark.isdigit() for mark in before)
        if SAYS.search(before) and CLAIMS.fullmatch(behind) and not numbers:
            return last[0]
        if len(formulas) > 1:
            return None
    found = list(COPULA.finditer(sentence))
    if not found or any(mark.isdigit() for mark in sentence[: found[-1].start()]):
        return None
    return sentence[found[-1].end() :].strip(" *_\t\r\n") or None


def boxes(text: str) -> list[tuple[int, int, str]]:
    """The boxes of a text: where they start and end, and what is in them. Unclosed ones and those inside others are
    left out."""
    found: list[tuple[int, int, str]] = []
    place = 0
    while (opened := BOX.search(text, place)) is not None:
        depth, end = 1, opened.end()
        while end < len(text) and depth:
            if text[end] == "\\":
                end += 1
            elif text[end] in "{}":
                depth += 1 if text[end] == "{" else -1
            end += 1
        if depth:
            break
        found.append((opened.start(), end, text[opened.end() : end - 1]))
        place = end
    return found


def boxed(text: str) -> str | None:
    """What is in the boxes of a text: one, several with the same in them, or a list of them side by side."""
    found = boxes(text)
    if not found or any(not inside.strip() for _, _, inside in found):
        return None
    first, last = found[0], found[-1]
    start = max((cut.end() for cut in SENTENCE.finditer(text, 0, first[0])), default=0)
    end = min((cut.start() for cut in SENTENCE.finditer(text, last[1])), default=len(text))
    behind = outside(text[last[1] : end])
    if TAKEN_BACK.search(outside(text[start : first[0]])) or TAKEN_BACK.search(behind) or WEIGHED.match(behind):
        return None
    for begin, close, _ in found:
        before, after = text[max(0, begin - NEAR) : begin], text[close : close + NEAR]
        if SIGN_BEFORE.search(before) or SIGN_BEHIND.match(after):
            return None
        if not BEFORE.search(before) or not BEHIND.match(after):
            return None
        if NUMBER_BEFORE.search(before) or NUMBER_BEHIND.match(after):
            return None
    groups = [[first]]
    for box in found[1:]:
        near = BETWEEN.fullmatch(text[groups[-1][-1][1] : box[0]])
        groups[-1].append(box) if near else groups.append([box])
    said = {tuple(" ".join(inside.split()) for _, _, inside in group) for group in groups}
    return ", ".join(inside for _, _, inside in groups[0]) if len(said) == 1 else None
