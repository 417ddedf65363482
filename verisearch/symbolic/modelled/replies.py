"""Reading what a model writes when it is asked for SMT-LIB: commands among prose, each with its remark.

The reply is data. Of its commands only assertions and declarations are read; those that merely ask the solver something
are left out, and any other makes the reply malformed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from verisearch.errors import ParseError, VerisearchError
from verisearch.logic.formula import FALSE, Formula
from verisearch.logic.smtlib_names import sort_text, symbol
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.smtlib_terms import INTERPRETED
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.symbolic.modelled.names import PLACE

__all__ = [
    "CANNOT",
    "FENCE",
    "MAX_ASSERTIONS",
    "Asserted",
    "Cannot",
    "Command",
    "Found",
    "Malformed",
    "commands",
    "plain",
    "read_assertions",
    "read_declarations",
    "refuse_loose",
    "shown",
    "signal_in",
]

#: Longer replies aren't read: no sentence needs as much.
MAX_REPLY = 20_000
#: Most assertions for one text.
MAX_ASSERTIONS = 24

DECLARING = ("declare-sort", "declare-const", "declare-fun")
#: Commands that change nothing; models write them out of habit.
HARMLESS = (
    "check-sat",
    "check-sat-assuming",
    "get-model",
    "get-unsat-core",
    "get-value",
    "get-info",
    "echo",
    "exit",
    "set-logic",
    "set-info",
    "set-option",
)
KNOWN = re.compile(
    r"\(\s*((?i:assert|assert-soft|declare-[a-z-]+|define-[a-z-]+)|push|pop|reset(?:-assertions)?|minimize|maximize|eval|"
    r"simplify|include|" + "|".join(HARMLESS) + r")(?=[\s()|;\"])"
)
CANNOT = re.compile(r"^\W*cannot\b\W*(?P<why>.*)$", re.IGNORECASE)
#: A mark of a code block, with the name of a language. What else stands on its line is read.
FENCE = re.compile(r"(?:`{3,}|~{3,})[\w+.-]*")
HEAD = re.compile(r"\(\s*([^\s()|;\"]+)")


class Malformed(Exception):
    """The reply can't be used; the message says why, in words that the model can mend it by."""


@dataclass(frozen=True, slots=True)
class Cannot:
    """The model's signal that its vocabulary can't say the text. It is never an assertion."""

    why: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a reply. ``above``: the comment on the lines before it; ``beside``: the one behind it."""

    head: str
    text: str
    above: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Asserted:
    """An asserted formula, and the words of the text that it is said to stand for (empty if none are given)."""

    formula: Formula
    words: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a reply holds: its commands in order, its comments, and the lists that begin a line, or follow a command on
    its line, and are none."""

    commands: tuple[Command, ...]
    comments: tuple[str, ...]
    loose: tuple[str, ...]


def commands(reply: str) -> Found:
    """The SMT-LIB commands of a reply. Prose and fences around them are passed over.

    Raises `Malformed` for a reply that is too long, for a command whose parentheses don't close or close once too
    often, and for one inside another list: ``(or (assert a) (assert b))`` doesn't assert both.
    """
    if len(reply) > MAX_REPLY:
        raise Malformed(f"the reply has {len(reply):,} characters; at most {MAX_REPLY:,} are read")
    text = FENCE.sub("", reply)
    found: list[Command] = []
    comments: list[str] = []
    loose: list[str] = []
    open_lists: list[int] = []
    above, place, last_end = "", 0, 0
    while place < len(text):
        char = text[place]
        if char == ";":
            end = line_end(text, place)
            comment = text[place:end].strip("; \t")
            comments.append(comment)
            if found and "\n" not in text[last_end:place]:
                found[-1] = replace(found[-1], beside=comment)
            else:
                above = f"{above} {comment}".strip()
            place = end
        elif char == "(" and (known := KNOWN.match(text, place)):
            if open_lists:
                raise Malformed(f"the command {known[1]} stands inside another list: {excerpt(text, open_lists[0])}")
            end = closing(text, place)
            found.append(Command(known[1], text[place:end], above=above))
            above, place = "", end
            last_end = end
        else:
            if char == "(":
                if not open_lists and begins(text, place, last_end if found else None):
                    loose.append(text[place : line_end(text, place)])
                open_lists.append(place)
            elif char == ")" and open_lists:
                open_lists.pop()
            elif char == ")" and found and not text[last_end:place].strip():
                raise Malformed(f"there is one ')' too many behind {found[-1].text[-60:]!r}")
            place += 1
    return Found(tuple(found), tuple(comments), tuple(loose))


def begins(text: str, place: int, last_end: int | None) -> bool:
    """Whether nothing stands before ``place`` on its line, or only a command, which ends at ``last_end``."""
    start = text.rfind("\n", 0, place) + 1
    before = text[max(start, last_end or 0) : place]
    return not before.strip()


def excerpt(text: str, place: int) -> str:
    return repr(text[place : place + 60])


def signal_in(found: Found) -> Cannot | None:
    """The signal that a text can't be said, if a comment gives it."""
    signals = (CANNOT.match(comment) for comment in found.comments)
    return next((Cannot(signal["why"]) for signal in signals if signal), None)


def line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def closing(text: str, start: int) -> int:
    """Behind the parenthesis that closes the one at ``start``."""
    level, place = 0, start
    while place < len(text):
        char = text[place]
        if char == ";":
            place = line_end(text, place)
            continue
        if char in '|"':
            end = text.find(char, place + 1)
            place = len(text) if end < 0 else end + 1
            continue
        level += (char == "(") - (char == ")")
        place += 1
        if level == 0:
            return place
    raise Malformed(f"parentheses don't close: {excerpt(text, start)}")


def read_assertions(reply: str, vocabulary: Vocabulary, *, declarations: bool = False) -> list[Asserted] | Cannot:
    """The assertions of a stage 1 reply, over exactly ``vocabulary``; or the signal that it can't be said, which is
    ``; cannot: …`` without an assertion, or ``(assert false)``, as in the paper. ``declarations``: the reply may have
    some, which are passed over. Raises `Malformed`.
    """
    found = commands(reply)
    asserted: list[Asserted] = []
    for command in found.commands:
        if command.head in HARMLESS or (declarations and command.head in DECLARING):
            continue
        if command.head in DECLARING:
            raise Malformed("a declaration stands among the assertions: use the vocabulary, or say '; cannot: …'")
        if command.head != "assert":
            raise Malformed(f"the command {command.head} is not allowed: only (assert …) is")
        asserted.append(Asserted(one_formula(command, vocabulary), command.above or command.beside))
    signal = signal_in(found)
    if any(each.formula == FALSE for each in asserted):
        return signal or Cannot("")
    if signal is not None:
        return signal
    refuse_loose(found, vocabulary)
    if not asserted:
        raise Malformed("there is no (assert …) in the reply")
    if len(asserted) > MAX_ASSERTIONS:
        raise Malformed(f"there are {len(asserted)} assertions for one text; at most {MAX_ASSERTIONS} are read")
    return asserted


def refuse_loose(found: Found, vocabulary: Vocabulary) -> None:
    """A formula outside of all assertions was meant as one, or as part of one. Raises `Malformed`."""
    known = INTERPRETED | {symbol(name) for name in vocabulary.symbols}
    for text in found.loose:
        head = HEAD.match(text)
        if head is not None and head[1] in known:
            raise Malformed(f"this stands outside of any (assert …): {excerpt(text, 0)}")


def one_formula(command: Command, vocabulary: Vocabulary) -> Formula:
    """The formula of an ``assert`` command, read in a scratch vocabulary. Raises `Malformed`."""
    try:
        scratch, read = read_smtlib(command.text, vocabulary)
    except ParseError as error:
        raise Malformed(plain(error)) from error
    except (VerisearchError, RecursionError, ValueError, OverflowError) as error:
        raise Malformed(f"{error}") from error
    if len(read) != 1 or len(scratch.symbols) != len(vocabulary.symbols):
        raise Malformed(f"one assertion is expected in {command.text[:60]!r}")
    return read[0].formula


def plain(error: ParseError) -> str:
    """A parse error with the words it stopped at."""
    said, text, position = str(error), getattr(error, "text", None), getattr(error, "position", None)
    if not text or position is None:
        return said
    return f"{said}, at {text[position : position + 40]!r}"


def read_declarations(reply: str, vocabulary: Vocabulary, *, new: bool = True) -> tuple[list[str], list[Signature]]:
    """The sorts and symbols that a stage 2 reply declares beyond ``vocabulary``, glosses included; what is declared
    there already in the same way is left out. Raises `Malformed`, with ``new`` also when nothing new is left.
    """
    scratch = vocabulary.copy()
    sorts: list[str] = []
    found: list[Signature] = []
    again: list[str] = []
    for command in commands(reply).commands:
        if command.head in HARMLESS or command.head == "assert":
            continue
        if command.head not in DECLARING:
            raise Malformed(f"the command {command.head} is not allowed: only declarations are")
        try:
            following, _ = read_smtlib(command.text, scratch)
        except ParseError as error:
            if declared_alike(command, scratch):
                again.append(command.text)
                continue
            raise Malformed(plain(error)) from error
        except (VerisearchError, RecursionError, ValueError, OverflowError) as error:
            raise Malformed(str(error)) from error
        sorts += [sort for sort in following.sorts if sort not in scratch.sorts]
        gloss = tidy_gloss(command.beside or command.above)
        for name in following.symbols.keys() - scratch.symbols.keys():
            made = replace(following.symbols[name], gloss=fitting_gloss(gloss, following.symbols[name]))
            found.append(made)
        scratch = following
    if new and not found and not sorts:
        raise Malformed("nothing new is declared in the reply" + (f": there is {again[0]} already" if again else ""))
    return sorts, found


def declared_alike(command: Command, vocabulary: Vocabulary) -> bool:
    """Whether a declaration that was refused only says again what is declared already."""
    words = re.findall(r"[^\s()]+", command.text)[1:]
    if command.head == "declare-sort":
        return bool(words) and any(sort_text(sort) == words[0] for sort in vocabulary.sorts)
    for signature in vocabulary.symbols.values():
        alike = [symbol(signature.name), *map(sort_text, signature.args), sort_text(signature.sort)]
        if words == alike:
            return True
    return False


def tidy_gloss(text: str) -> str:
    """A gloss on one line, of bounded length."""
    return " ".join(text.split())[:200]


def fitting_gloss(gloss: str, signature: Signature) -> str:
    """The gloss if it has a place for every argument and no other; else none, and the symbol stands as it is."""
    places = {int(place) for place in PLACE.findall(gloss)}
    return gloss if places == set(range(len(signature.args))) else ""


def shown(vocabulary: Vocabulary) -> list[str]:
    """A vocabulary as a model is shown it: its declarations, each with what it means."""
    lines = [f"(declare-sort {sort_text(sort)} 0)" for sort in vocabulary.sorts]
    for signature in vocabulary.symbols.values():
        gloss = " ".join(signature.gloss.split())
        remark = f" ; {gloss}" if gloss else ""
        if signature.args:
            sorts = " ".join(map(sort_text, signature.args))
            lines.append(f"(declare-fun {symbol(signature.name)} ({sorts}) {sort_text(signature.sort)}){remark}")
        else:
            lines.append(f"(declare-const {symbol(signature.name)} {sort_text(signature.sort)}){remark}")
    return lines
