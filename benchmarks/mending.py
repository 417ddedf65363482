"""A model that mends its reply by what it is told was wrong, and nothing else: do the messages suffice? And the faults
that it is given to mend."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["FAULTS", "mended"]

NAME = re.compile(r"(?<=\()[a-z]\w*(?=[ )])")


RESERVED = ("assert", "forall", "exists", "and", "or", "not", "xor", "=", "=>")


def typed_wrong(text: str) -> str:
    """The longest symbol with its last letter twice."""
    longest = max((name for name in NAME.findall(text) if name not in RESERVED), key=len, default="")
    return text.replace(longest, longest + longest[-1], 1) if len(longest) > 3 else text


def with_argument(text: str) -> str:
    """The first predicate with its last argument twice."""
    for found in re.finditer(r"\(([a-z]\w*)((?: [?\w]+)*)( [?\w]+)\)", text):
        if found[1] not in RESERVED:
            return f"{text[: found.start()]}({found[1]}{found[2]}{found[3]}{found[3]}){text[found.end() :]}"
    return text


#: What can be done to a reply in SMT-LIB, by what that is called.
FAULTS: dict[str, Callable[[str], str]] = {
    "a parenthesis is lacking": lambda text: text[:-1],
    "three parentheses are lacking": lambda text: re.sub(r"\){1,3}$", "", text),
    "a parenthesis too many": lambda text: text + ")",
    "a letter too many in a symbol": typed_wrong,
    "an argument too many": with_argument,
    "no assert": lambda text: text.removeprefix("(assert ")[:-1],
    "a symbol unknown to SMT-LIB": lambda text: text.replace("(=> ", "(implies ", 1).replace("(not ", "(neg ", 1),
    "assert in capitals": lambda text: text.replace("assert", "ASSERT"),
}


def mended(reply: str, wrong: str) -> str:
    """``reply`` with what ``wrong`` says done to it; as it was if that says nothing that can be done."""
    if "parentheses don't close" in wrong:
        lacking = reply.count("(") - reply.count(")")
        return reply + ")" * max(lacking, 1)
    if "')' too many" in wrong or "closes nothing" in wrong:
        return reply[: reply.rindex(")")] + reply[reply.rindex(")") + 1 :]
    if found := re.search(r"(\S+) is not declared.*did you mean (\S+)\?", wrong):
        return re.sub(rf"(?<![\w]){re.escape(found[1])}(?![\w])", found[2], reply)
    if found := re.search(r"(\S+) looks like what is declared already: did you mean \(declare-\w+ (\S+)", wrong):
        return renamed(reply, found[1], found[2])
    if "stands outside of any (assert" in wrong:
        return f"(assert {reply})"
    if found := re.search(r"(\S+) is declared with (\d+) arguments, but has (\d+) here", wrong):
        return re.sub(
            rf"\({found[1]}((?: [?\w]+){{{found[2]}}})(?: [?\w]+)*\)", lambda match: f"({found[1]}{match[1]})", reply
        )
    if found := re.search(r"the command (\S+) is not allowed: only \((\w+) ", wrong):
        return reply.replace(found[1], found[2])
    if found := re.search(r"(\w+) is bound by no quantifier", wrong):
        formula, mark, words = reply.partition(":::")
        return f"∀{found[1]} ({formula.strip()}) {mark}{words}"
    return closed(reply, wrong)


def renamed(reply: str, name: str, known: str) -> str:
    """A reply with a symbol called otherwise, however it spells it."""
    for word in dict.fromkeys(re.findall(r"\w+", reply.partition(":::")[0])):
        if "_".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", word)).lower() == name:
            reply = re.sub(rf"\b{word}\b", known, reply)
    return reply


def closed(reply: str, wrong: str) -> str:
    """A line of FOL notation whose parentheses don't match, with what is lacking or without what is too much."""
    formula, mark, words = reply.partition(":::")
    lacking = formula.count("(") - formula.count(")")
    if lacking == 0 or ("can't follow here" not in wrong and "expected" not in wrong and "ends" not in wrong):
        return reply
    formula = formula.strip()
    formula = formula + ")" * lacking if lacking > 0 else formula[:lacking]
    return f"{formula} {mark}{words}"
