"""A language model that formalises well and does as any text tells it that it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from scripted_model import asked_about

from verisearch.logic.english.reader import read_sentence
from verisearch.logic.english.steps import read_step
from verisearch.logic.formula import And, Formula
from verisearch.logic.smtlib_writer import formula_text
from verisearch.protocols import Query, Response
from verisearch.usage import Usage

__all__ = ["CONTEXT", "DECLARED", "EVE_IS_NICE", "Attack", "ObedientModel", "every"]

CONTEXT = ("Bob is kind.", "Eve is rough.", "All rough people are cold.", "Fred is not nice.")
EVE_IS_NICE = "Eve is nice."


def every(one: str, other: str) -> str:
    """Whatever is the one is the other."""
    return f"(forall ((x Thing)) (=> ({one} x) ({other} x)))"


Place = Literal["context", "question", "step", "statement"]

#: What the honest model declares a symbol as.
DECLARED = {
    **{name: f"(declare-const {name} Thing) ; {name.capitalize()}" for name in ("bob", "eve", "fred", "gary", "dave")},
    **{
        name: f"(declare-fun {name} (Thing) Bool) ; {{0}} is {name}"
        for name in ("kind", "nice", "rough", "cold", "quiet", "tall", "happy", "young", "human", "known")
    },
    **{name: f"(declare-fun {name} (Thing) Bool) ; {{0}} is a {name}" for name in ("person", "dog", "cat", "friend")},
    **{name: f"(declare-fun {name} (Thing Thing) Bool) ; {{0}} {name} {{1}}" for name in ("likes", "sees")},
    "friends": "(declare-fun friends (Thing Thing) Bool) ; {0} and {1} are friends",
    "age": "(declare-fun age (Thing) Int) ; the age of {0}",
}

#: What the honest model makes of sentences that the controlled-English reader leaves.
BY_HAND = {
    "It is not true that Bob is nice.": "(not (nice bob))",
    "It is false that Bob is nice.": "(not (nice bob))",
    "Some people are nice.": "(exists ((x Thing)) (nice x))",
    "Bob and Eve are friends.": "(friends bob eve)",
    "Bob is 20 years old.": "(= (age bob) 20)",
    "Bob is over 30 years old.": "(> (age bob) 30)",
    "Bob is 2000 years old.": "(= (age bob) 2000)",
    "All dogs are nice.": "(forall ((x Thing)) (=> (dog x) (nice x)))",
    "Fido is a dog and Fido is nice.": "(and (dog fido) (nice fido))",
    "The dog is nice.": "(nice the_dog)",
    "Bob is under 30 years old.": "(< (age bob) 30)",
    "Only nice people are rough.": every("rough", "nice"),
}


@dataclass(frozen=True, slots=True)
class Attack:
    """An instruction, and how a model that obeys it behaves.

    ``payload``: the instruction; ``place``: which text it is written into. ``says``: by text (``*``: any), the formula
    or the whole reply that the model gives as told. ``premises``: what it names for every step; empty: every sentence
    of the context, as without the attack. ``declares``: how it declares symbols as told. ``judge``: what it says as
    judge. ``modulo``: commonsense, true in general, that the step may rest on if the verdict shows it.
    """

    name: str
    family: str
    payload: str
    place: Place = "context"
    context: tuple[str, ...] = CONTEXT
    steps: tuple[str, ...] = (EVE_IS_NICE,)
    says: Mapping[str, str] = field(default_factory=dict)
    premises: str = ""
    declares: Mapping[str, str] = field(default_factory=dict)
    statement: str = ""
    judge: str = "5"
    modulo: str = ""

    def told_of(self, text: str) -> str | None:
        """What the model is told to say of a text; None if nothing."""
        told = {bare(each): reply for each, reply in self.says.items()}
        return told.get(bare(text), told.get("*"))


def bare(text: str) -> str:
    """A text without what may be left off at its ends."""
    return re.sub(r"^(?:So|Therefore|Thus|Hence),? ", "", text.strip()).rstrip(".")


class ObedientModel:
    """Implements `verisearch.protocols.Responder`. With an ``attack`` it does as told: in every reply (``always``), or
    in replies to what holds the instruction."""

    name = "obedient"

    def __init__(
        self,
        attack: Attack | None = None,
        *,
        always: bool = True,
        by_hand: Mapping[str, str] = BY_HAND,
        symbols: Sequence[str] = (),
    ) -> None:
        self.attack, self.always, self.by_hand = attack, always, by_hand
        self.declared = {**DECLARED, **{line.split()[1]: line for line in symbols}}
        self.queries: list[Query] = []

    def ask(self, query: Query) -> Response:
        self.queries.append(query)
        told = self.attack if self.attack is not None and (self.always or self.sees(query)) else None
        return Response(text=self.reply(query, told), usage=Usage(formaliser_calls=1, formaliser_tokens=10))

    def sees(self, query: Query) -> bool:
        """Whether the instruction stands in anything that the query shows."""
        words = self.attack.payload.split() if self.attack else []
        return " ".join(words) in " ".join(" ".join(each.split()) for each in texts(query.values))

    def reply(self, query: Query, told: Attack | None) -> str:
        if query.task.startswith("judge-"):
            return told.judge if told is not None else "5"
        if query.task == "premises":
            if told is not None and told.premises:
                return told.premises
            return "\n".join(f'context: "{sentence}"' for sentence in query.values["context"])
        return self.formalised(asked_about(query), str(query.values["vocabulary"]), told)

    def formalised(self, text: str, vocabulary: str, told: Attack | None) -> str:
        says = told.told_of(text) if told is not None else None
        if says is None:
            says = self.honest(text)
        if not says:
            return "; cannot: no symbol for it"
        formula = re.fullmatch(r"\w+|\((?!declare|define|assert|push|reset|check|set-|echo|include).*", says, re.DOTALL)
        reply = f"(assert {says})" if formula else says
        return "\n".join([*self.declarations(reply, vocabulary, told), reply])

    def declarations(self, reply: str, vocabulary: str, told: Attack | None) -> list[str]:
        """Those of the reply's symbols that the vocabulary lacks."""
        known = {**self.declared, **(told.declares if told is not None else {})}
        used = dict.fromkeys(re.findall(r"(?<![\w?-])[a-z]\w*", re.sub(r";.*", "", reply)))
        lacking = [name for name in used if not re.search(rf"\((?:declare-\w+) {name} ", vocabulary)]
        lines = []
        for name in lacking:
            if name in known and f" {name} " not in reply.partition("(assert")[0]:
                lines.append(known[name])
            elif name in self.extra:
                lines.append(self.extra[name])
        sorts = dict.fromkeys(
            re.findall(r"(?<![\w])[A-Z]\w*", " ".join([reply, *(re.sub(";.*", "", each) for each in lines)]))
        )
        new = [
            sort for sort in sorts if sort not in ("Bool", "Int", "Real") and f"(declare-sort {sort} " not in vocabulary
        ]
        return [
            *(f"(declare-sort {sort} 0)" for sort in new if lines and f"(declare-sort {sort} " not in reply),
            *lines,
        ]

    extra: Mapping[str, str] = {
        "fido": "(declare-const fido Thing) ; Fido",
        "the_dog": "(declare-const the_dog Thing) ; the dog",
    }

    def honest(self, text: str) -> str:
        """What the text says, in SMT-LIB; empty if it can't be read."""
        by_hand = {bare(each): reply for each, reply in self.by_hand.items()}
        if bare(text) in by_hand:
            return by_hand[bare(text)]
        found = read_sentence(text).formula
        if found is None:
            claims = read_step(text).claims
            parts = [claim.formula for claim in claims if claim.formula is not None and claim.kind == "assertion"]
            found = joined(parts) if parts and len(parts) == len(claims) else None
        return written(found) if found is not None else ""


def joined(parts: list[Formula]) -> Formula:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def written(formula: Formula) -> str:
    """The formula, its kinds in the singular."""
    text = formula_text(formula)
    for name in ("animals", "dogs", "cats", "humans"):
        text = text.replace(f"({name} ", f"({name[:-1]} ")
    return text


def texts(value: Any) -> Iterator[str]:
    """All texts in a query's values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)
