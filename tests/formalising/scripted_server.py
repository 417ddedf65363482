"""A model for the stub server that formalises sentences about who is what, as a careful model would.

It knows these forms: "Ada is tall.", "Ada is not tall.", "If someone is tall then they are calm.", "All tall people are
calm.", each with "So" before it or without. It reads no more than the last message, as any server must.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["asked", "reply_to"]

SEALED = r"<data [0-9a-f]{16}>(.*?)</data [0-9a-f]{16}>"
FACT = re.compile(r"(?P<name>\w+) is (?P<no>not )?(?P<word>\w+)\.?")
RULES = (
    re.compile(r"If someone is (?P<first>\w+) then they are (?P<second>\w+)\.?"),
    re.compile(r"All (?P<first>\w+) people are (?P<second>\w+)\.?"),
)


def reply_to(messages: Sequence[dict[str, str]]) -> str | None:
    """What the model says to a conversation; None to one that asks it to formalise nothing."""
    last = messages[-1]["content"]
    if not asked(last):
        return None  # somebody probes the server
    if "\nStep: " in last:
        return premises(last)
    return declarations(last) if "one a line" in messages[0]["content"] else assertion(last)


def asked(message: str) -> str:
    """The text or the step that a message is about; "" for another message."""
    found = re.search(rf"^(?:Text|Step): {SEALED}", message, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def bare(text: str) -> str:
    return re.sub(r"\A(?:So|Therefore|Thus),? ", "", text.strip()).rstrip(".")


def named(name: str) -> str:
    """A name as a symbol: without accents, in small letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower()


def symbols(text: str) -> dict[str, str]:
    """The declarations that a text needs, by the symbol."""
    text = bare(text)
    if fact := FACT.fullmatch(text):
        name, words = fact["name"], [fact["word"]]
        needed = {named(name): f"(declare-const {named(name)} Person) ; {name}"}
    else:
        rule = next((found for each in RULES if (found := each.fullmatch(text))), None)
        words, needed = [rule["first"], rule["second"]] if rule else [], {}
    return needed | {word: f"(declare-fun {word} (Person) Bool) ; {{0}} is {word}" for word in words}


def missing(message: str) -> list[str]:
    """The declarations that the message's vocabulary lacks."""
    known = re.search(rf"^Vocabulary:\n{SEALED}", message, re.MULTILINE | re.DOTALL)
    declared = re.findall(r"\(declare-(?:fun|const) (\S+)", known[1]) if known else []
    there = {named(name.strip("|")) for name in declared}
    return [line for name, line in symbols(asked(message)).items() if name not in there]


def declarations(message: str) -> str:
    known = "(declare-sort Person 0)" in message
    return "\n".join([*([] if known else ["(declare-sort Person 0) ; people"]), *missing(message)])


def assertion(message: str) -> str:
    text = bare(asked(message))
    if missing(message):
        return "; cannot: no symbol for some of it"
    if fact := FACT.fullmatch(text):
        atom = f"({fact['word']} {named(fact['name'])})"
        return f"; {text} →\n(assert {f'(not {atom})' if fact['no'] else atom})"
    rule = next((found for each in RULES if (found := each.fullmatch(text))), None)
    if rule is None:
        return "I am sorry, I can't say that."
    return f"; {text} →\n(assert (forall ((x Person)) (=> ({rule['first']} x) ({rule['second']} x))))"


def premises(message: str) -> str:
    """The sentence that says what the step does, if there is one."""
    step = bare(asked(message)).casefold()
    source = message.partition("\nAccepted before:")[0].partition("\nStep: ")[0]
    found = [text for text in re.findall(SEALED, source, re.DOTALL) if bare(text).casefold() == step]
    return f'context: "{found[0]}"' if found else "none"
