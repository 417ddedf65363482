"""The final answer that a text gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from verisearch.answers.plain import DELIMITED, letter, number, tidy
from verisearch.answers.stating import boxes
from verisearch.ingest.answer import ANNOUNCER, FURTHER, announcements, conclude, whole
from verisearch.ingest.answerwords import as_options, truth_word
from verisearch.ingest.textformat import parts, trace_from_text
from verisearch.trace import AnswerKind, Problem, Span

__all__ = ["extract", "final_answer"]

#: How far before an announcement a denial is looked for.
LOOK_BACK = 200
DENIED_BEFORE = re.compile(
    r"\b(?:false|wrong|incorrect|untrue|mistaken|not (?:true|correct|right|the case)|den(?:y|ies|ied)"
    r"|(?<!no )(?<!without )doubt\w*|nobody|never|pretend|(?:is|was|are)n[’']t (?:true|correct|right|the case))\b"
    r"(?:(?!\b(?:so|hence|thus|therefore|but|and|then)\b)[^.,;:!?\n])*\Z",
    re.IGNORECASE,
)
DENIED_BEHIND = re.compile(
    r"[\s$*_)}\\%\"”]*(?:(?:is|are|was|would be)(?:\s+not|n[’']t|\s+(?:also\s+)?(?:wrong|incorrect|false))\b|\?)",
    re.IGNORECASE,
)
#: Behind an announced answer: that there are others, or that it is taken back.
OTHERS = re.compile(
    r"[\s$*_,)}\\\"”]*(?:\b(?:or|and/or|unless)\b|/\s)"
    r"|[\s$*_,)}\\\"”.]*(?:\b(?:actually|wait|sorry|correction)\b|\bno,|(?:but\s+)?\bI(?:\s+do|\s+\w+ly)?\s+doubt\b)",
    re.IGNORECASE,
)
#: Behind a number: that it goes on, so that the number isn't all of the answer.
GOES_ON = re.compile(
    r"[\s$*_,)}\\]*(?:\b(?:more|less|fewer|minus|plus|times|divided"
    r"|multiplied|squared|cubed|mod|at (?:most|least))\b|[+^±])"
    r"|(?:\s*[A-Za-z°²³]{1,12}){1,2}\s+or\b",
    re.IGNORECASE,
)
#: Behind an option's letter: another letter, and the words that it stands before.
SEVERAL = re.compile(r"[\s$*_)}\\]*(?:\b(?:and|&)\s*\(?[A-J]\b|,\s*\(?[A-J]\)?\s*(?:\Z|[.,)\n]))")
GLOSS = re.compile(r"[*_]*[).:\]][\s*_]*([^\n]{1,80}?)[.*_ \t]*(?:$|\n)", re.MULTILINE)
#: Behind an option: the next one, as in a list of all of them.
LISTED = re.compile(r"[^\n.;!?]{0,60}?\s\(?[B-J]\)\s+\S")
#: Between boxes that are one answer.
BETWEEN = re.compile(
    r"(?:[\s.,;$/%*&]|\\[()\[\],;]|\\q?quad|\\text\s*\{\s*,?\s*(?:and|or)\s*\}|\b(?:and|or)\b)*", re.IGNORECASE
)

#: Behind "the answer is": mathematics between delimiters.
MATHS = re.compile(r"[\s*_]*(?P<value>\$\$[^$]+\$\$|\$[^$\n]+\$(?!\d)|\\\([^\n]+?\\\)|\\\[.+?\\\])", re.DOTALL)


def extract(
    text: str, *, kind: AnswerKind | None = None, options: Sequence[str] | Mapping[str, str] = ()
) -> str | None:
    """The final answer that ``text`` announces ("The answer is …", a box, ``####``, an ``<answer>`` tag); None if it
    announces none, or none of that ``kind``.

    The last announcement wins; what stands inside ``<think>`` is none, nor is one that its sentence takes back ("It is
    false that the answer is 4"). Boxes side by side are one answer with all that is in them, so that one of them can't
    be picked. Nothing is guessed: a number that isn't announced is not taken for the answer. ``number`` and
    ``expression`` are given as written, other kinds in the normal form of `verisearch.ingest.answer.extract`. Raises
    nothing.
    """
    final = parts(text).final
    if final is None:
        return None
    if kind in ("number", "expression"):
        written = tidy(last_written(text, final))
        return written if written and (kind == "expression" or is_number(written)) else None
    found = conclude(text, final, options)
    if found.answer is None or not found.answer.strip() or found.span is None or doubtful(text, final, found.span):
        return None
    if kind == "true-false-unknown":
        return truth_word(found.answer) or ({"yes": "True", "no": "False"}.get(found.answer.lower()))
    if kind == "choice" and misnamed(text, final, found.span, as_options(options)):
        return None
    if kind == "choice":
        named = letter(found.answer)
        return found.answer if options else named[0] if named else None
    # "$17$" is no amount of money
    formula = DELIMITED.fullmatch(text[found.span[0] : found.span[1] + 1])
    return tidy(formula[0]) if formula else found.answer


def is_number(written: str) -> bool:
    """Whether it may be a number: digits or a constant, and no truth value or option."""
    return number(written) is not None or any(mark.isdigit() for mark in written) or "\\" in written


def last_written(text: str, final: Span) -> str:
    """What the last announcement says, as written; empty if there is none, or it is taken back."""
    start, end = final
    found: list[tuple[Span, str]] = [(each.span, each.written) for each in announcements(text, final)]
    for announcer in ANNOUNCER.finditer(text, start, end):
        value = MATHS.match(text, announcer.end(), end)
        # a box inside says it better, and was found already
        if value and "\\boxed" not in value["value"]:
            found = [each for each in found if not value.start() <= each[0][0] < value.end()]
            found.append((value.span("value"), value["value"]))
    if not found:
        return ""
    span, written = max(found)
    span, written = whole(text, final[1], span, written)
    together = side_by_side(text, final, span)
    if taken_back(text, final, together[0]) or weighed(text, final, together[0]):
        return ""
    behind = together[0][1]
    if GOES_ON.match(text, behind, final[1]) or FURTHER.match(text, behind, final[1]):
        return ""
    return together[1] or written


def side_by_side(text: str, final: Span, span: Span) -> tuple[Span, str]:
    """The boxes around ``span`` that stand side by side, and all that is in them; ``span`` and nothing if there is no
    box, or only one."""
    start, end = final
    group: list[tuple[int, int, str]] = []
    for box in boxes(text[start:end]):
        place = (box[0] + start, box[1] + start, box[2])
        if group and BETWEEN.fullmatch(text[group[-1][1] : place[0]]):
            group.append(place)
        elif group and group[0][0] <= span[0] < group[-1][1]:
            break
        else:
            group = [place]
    if not group or not group[0][0] <= span[0] < group[-1][1]:
        return span, ""
    whole = (group[0][0], group[-1][1])
    return whole, ", ".join(inside for _, _, inside in group) if len(group) > 1 else ""


def doubtful(text: str, final: Span, span: Span) -> bool:
    """Whether what is announced is taken back, or one of several boxes."""
    whole, together = side_by_side(text, final, span)
    if LISTED.match(text, span[1], final[1]):
        return True
    return bool(together) or taken_back(text, final, whole) or weighed(text, final, whole)


def misnamed(text: str, final: Span, span: Span, options: Mapping[str, str]) -> bool:
    """Whether an option's letter is one of several, or stands before what another letter stands for."""
    if SEVERAL.match(text, span[1], final[1]):
        return True
    letters = [mark for mark in text[span[0] : span[1]] if mark.isalpha()]
    # the bracket behind the letter may be part of what was found
    words = GLOSS.match(text, span[1] - (not text[span[1] - 1].isalpha()), final[1])
    if len(letters) != 1 or words is None:
        return False
    said = words[1].strip(" *_$.").casefold()
    return any(key != letters[0].upper() and said == other.casefold() for key, other in options.items())


def taken_back(text: str, final: Span, span: Span) -> bool:
    """Whether the words of its own sentence say that an announced answer isn't the answer."""
    before = re.split(r"(?<=[.!?])\s|\n", text[final[0] : span[0]][-LOOK_BACK:])[-1]
    return bool(DENIED_BEFORE.search(before) or DENIED_BEHIND.match(text, span[1], final[1]))


def weighed(text: str, final: Span, span: Span) -> bool:
    """Whether an announced answer is one of several: "4 or 5"."""
    return bool(OTHERS.match(text, span[1], final[1]))


def final_answer(text: str, problem: Problem) -> str | None:
    """The answer that a chain gives to ``problem``, by its kind and options; None if it gives none."""
    if problem.answer_kind in ("number", "expression"):
        return extract(text, kind=problem.answer_kind)
    return trace_from_text(text, problem).answer
