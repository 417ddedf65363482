"""What the words around an equation make of it: whether it is claimed, or denied, asked for, supposed, conditional."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from verisearch.maths.statements import Statement
from verisearch.maths.terms import names, numbers

__all__ = ["Stance", "stance", "stances"]

#: ``claimed``: it is said to be so. ``denied``: it is said not to be so. ``asked``: whether it is so. ``supposed``: for
#: the sake of the argument.
Stance = Literal["claimed", "denied", "asked", "supposed"]

#: Longest stretch of text beside an equation that is looked at.
NEAR = 120
#: Words that may stand between one that denies and what it denies: "it is false to say that we have …".
LIGHT = (
    r"a|an|the|be|been|it|is|was|that|this|we|you|i|one|true|correct|right|case|fact|say|said|saying|claim|claimed|have"
    r"|having|get|getting|mean|means|think|thinking|believe|to|just|simply|really|equals?|equal|equation|statement"
    r"|conclude|write|writing|compute|computing|calculate|calculating|use|using|do|doing|of|possible|hold|holds|so"
    r"|computed|calculated|wrote|got|found|says|states|stated|thinks|thought|added|assumed|he|she|they|which|there"
)
BORDERS = r"[\s:,\"'“”‘’`*_$\\()\[\]{}]"
#: The same without what parts clauses: "if not, 5 + 3 = 8".
GAPS = BORDERS.replace(":,", "")
DENIED_BEFORE = re.compile(
    r"(?:\b(?:not|never|false|falsely|untrue|wrong|wrongly|incorrect|incorrectly|impossible|cannot|neither|nor|hardly"
    r"|instead of|rather than|mistaken|mistakenly|erroneously|invalid|absurd|mistake|error|doubt|doubtful"
    r"|contrary to|no way|nobody|no one)|n['’]t)"
    rf"(?:{GAPS}+(?:{LIGHT}))*{GAPS}*$|\b(?:wrong|incorrect|false|untrue|mistake|error)[:,]{BORDERS}*$",
    re.IGNORECASE,
)
NEGATED = (
    r"(?:(?:is|are|was|were|do|does|did|can|could|will|would|must|should|may|might)\s*(?:not|n['’]t)|cannot|can['’]t"
    r"|won['’]t|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|doesn['’]t|don['’]t|didn['’]t|couldn['’]t|wouldn['’]t|never"
    r"|no longer|fails? to)"
)
DENIED_BEHIND = re.compile(
    rf"{BORDERS}*(?:[-–—]\s*|[.!]\s+(?:(?:but|wait|no|oh|actually|however|hmm)\b,?\s*)*(?=(?:this|that)\b))?"
    r"(?:(?:and|but|so|which|that|this|it|the equation|the statement)(?=\s|['’]s\b)\s*)*"
    rf"(?:{NEGATED}\s+(?:(?:be|a|an|the|really|actually|quite)\s+)*"
    r"(?:true|correct|right|valid|hold|holds|work|works|case|so|possible|solutions?|roots?|equal|satisf\w*|follow|be"
    r"|make sense|add up|apply|fit|acceptable|allowed|admissible)\b"
    r"|(?:(?:is|are|was|were|would be|must be|looks|seems|being|['’]s)\s+)?"
    r"(?:also |clearly |simply |just |a |an |the )*"
    r"(?:false|wrong|incorrect|untrue|invalid|rejected|reject|discarded|extraneous|inadmissible|impossible|absurd"
    r"|mistaken?|errors?|contradictions?|lie|no solution|not a solution|not true|not correct|not valid|not possible"
    r"|not the case)\b|(?:fails|cannot be)\b(?! to)|\?\s*no\b)",
    re.IGNORECASE,
)
#: Remarks that the reader takes for units: "x = 7 (rejected)".
REMARKS = frozenset(
    "rejected reject discarded extraneous invalid inadmissible impossible false wrong incorrect untrue mistake "
    "mistaken error contradiction absurd fails lie".split()
)
ASKED_BEHIND = re.compile(r"[^.,;:!?\n]*\?")
SUPPOSED_BEFORE = re.compile(
    r"\b(?:if|suppose|supposing|assume|assuming|imagine|unless|whether|pretend|provided|as though)"
    rf"(?:{BORDERS}+(?:that|we|you|i|instead|say|had|have|was|were|it|for|contradiction|the|contrary|moment|now))*"
    rf"{BORDERS}*$",
    re.IGNORECASE,
)
#: What makes an equation before it hold in a case only: "x = 7 if y = 2".
CONDITION_BEHIND = re.compile(
    rf"{BORDERS}*(?:only |but only |just |except |even )?(?:if|when|whenever|unless|provided|assuming|supposing|except"
    r"|in case|as long as|for\s+(?=\$?\\?\(?[a-zA-Z]\s*[=<>≤≥≠∈]))\b",
    re.IGNORECASE,
)


#: What stands between the equations of a list.
LISTING = re.compile(rf"{BORDERS}*(?:and|or|nor)?{BORDERS}*", re.IGNORECASE)


def stance(text: str, statement: Statement) -> Stance:
    """What ``text`` makes of a statement that was found in it. A calculator's annotation is always claimed. Raises
    nothing."""
    if statement.kind == "annotation":
        return "claimed"
    before = text[max(0, statement.span[0] - NEAR) : statement.span[0]]
    behind = text[statement.span[1] : statement.span[1] + NEAR]
    if DENIED_BEFORE.search(before) or DENIED_BEHIND.match(behind) or remarked(statement):
        return "denied"
    if ASKED_BEHIND.match(behind):
        return "asked"
    # a computation is right whatever its numbers depend on; what a letter is may hold in a case only
    lettered = any(names(side.term) for side in statement.sides if side.term is not None and not side.worded)
    if SUPPOSED_BEFORE.search(before) or (lettered and CONDITION_BEHIND.match(behind)):
        return "supposed"
    return "claimed"


def stances(text: str, statements: Sequence[Statement]) -> list[Stance]:
    """The `stance` of each of the statements in ``text``, which are in order; what is said behind a list of equations
    is said of all of them: "y = 8 and y = 24 are no roots". Raises nothing."""
    found = [stance(text, each) for each in statements]
    for place in range(len(found) - 2, -1, -1):
        between = text[statements[place].span[1] : statements[place + 1].span[0]]
        listed = statements[place].kind == statements[place + 1].kind == "equation" and LISTING.fullmatch(between)
        if listed and found[place] == "claimed" and found[place + 1] == "denied":
            found[place] = "denied"
    return found


def remarked(statement: Statement) -> bool:
    """Whether a unit in it is a remark."""
    return any(
        not REMARKS.isdisjoint(number.unit.split())
        for side in statement.sides
        if side.term is not None
        for number in numbers(side.term)
    )
