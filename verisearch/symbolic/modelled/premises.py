"""What a step may rest on: sentences of the source that the model quotes, facts of the question, commonsense.

A quote is looked up in the source, by string, and widened to the whole sentences that it stands in: nothing can be
quoted that isn't there, and no "not" can be left out of it. Commonsense is the model's own words and stays marked so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from verisearch.ingest.sentences import split
from verisearch.logic.formula import Formula
from verisearch.protocols import Query
from verisearch.symbolic.modelled.formaliser import ModelFormaliser, Unasked
from verisearch.trace import Problem, Sentence

__all__ = ["Candidate", "Refused", "Source", "named_premises"]

PremiseSource = Literal["context", "question", "commonsense"]

LINE = re.compile(
    r"[\s>*#\-•\d.)]*(?P<kind>context|document|question|commonsense|common[ -]sense)[\s*]*[:\-–][\s*]*(?P<text>\S.*)",
    re.IGNORECASE,
)
#: Longer lines name nothing.
LONGEST_LINE = 4_000
QUOTES = "\"'“”‘’`«»"
UNSPOKEN = re.compile(r"[^\w%$€£<>=+/]+")
#: A shorter quote could stand anywhere.
SHORTEST_QUOTE = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A premise that the model names, with its formula. ``index``: the sentence of the context or of the question; for
    commonsense its place among what was named, below 0. ``modelled``: the formula is the model's too."""

    source: PremiseSource
    index: int
    text: str
    formula: Formula
    modelled: bool = True
    others: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A premise that isn't taken, and why. ``unknown``: because a model could not be asked or its sentence not be read,
    so that nothing is known of it; without a source, of what premises there are."""

    source: PremiseSource | Literal[""]
    text: str
    reason: str
    unknown: bool = False


class Source:
    """The sentences that may be quoted: the context's, and those of the question that state something. The statement
    that is asked about is none of them."""

    def __init__(self, problem: Problem) -> None:
        self.context = problem.context
        self.question = stated(problem)

    def find(self, quote: str) -> list[tuple[Literal["context", "question"], int, str]]:
        """The whole sentences that a quote stands in, in order; none if it isn't in the source word for word. White
        space, capitals and punctuation don't count."""
        wanted = folded(quote)
        if len(wanted) < SHORTEST_QUOTE:
            return []
        given: tuple[tuple[Literal["context", "question"], Sequence[Sentence]], ...] = (
            ("context", self.context),
            ("question", self.question),
        )
        for name, sentences in given:
            # one that is the quote goes before one that has it in an "if" or behind a "not"
            for number, sentence in enumerate(sentences):
                if folded(sentence.text) == wanted:
                    return [(name, number, sentence.text)]
        return self.standing(wanted, "context", self.context) or self.standing(wanted, "question", self.question)

    def standing(
        self, wanted: str, name: Literal["context", "question"], sentences: Sequence[Sentence]
    ) -> list[tuple[Literal["context", "question"], int, str]]:
        texts = [folded(sentence.text) for sentence in sentences]
        for first in range(len(texts)):
            joined = ""
            for last in range(first, min(first + 4, len(texts))):
                joined = f"{joined} {texts[last]}".strip()
                place = at_words(joined, wanted)
                # else it begins in a later sentence, which will find it
                if place >= 0 and place < len(texts[first]):
                    return [(name, number, sentences[number].text) for number in range(first, last + 1)]
        return []


def at_words(text: str, wanted: str) -> int:
    """Where ``wanted`` stands in ``text`` as whole words; -1 if it doesn't."""
    found = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
    return found.start() if found else -1


def folded(text: str) -> str:
    """A text without what may differ between a source and a quote of it: white space, capitals, punctuation."""
    return UNSPOKEN.sub(" ", text).strip().casefold()


#: Begins what is only supposed, or one of the options to choose from.
NO_FACT = re.compile(r"\W*(?:suppose|assum|imagine|pretend|if we\b|(?:[a-h]|\d{1,2})\s*[).:])", re.IGNORECASE)


def stated(problem: Problem) -> tuple[Sentence, ...]:
    """The sentences before the one that asks, as far as they state something: what comes behind it is what is asked
    about, or options. None where the answer is one of some options."""
    if problem.answer_kind == "choice":
        return ()
    asked = folded(problem.statement or "")
    found: list[Sentence] = []
    for sentence in split(problem.question or ""):
        if sentence.text.rstrip(QUOTES + " )").endswith("?") or sentence.text.rstrip().endswith(":"):
            break
        words = folded(sentence.text)
        if not NO_FACT.match(sentence.text) and not (asked and (words in asked or asked in words)):
            found.append(sentence)
    return tuple(found)


def named_premises(
    formaliser: ModelFormaliser, source: Source, step: str, reading: str, accepted: Sequence[str], taken: set[str]
) -> Iterator[Candidate | Refused]:
    """What the model names for a step that doesn't follow (VeriCoT, its premise generation), each formalised like any
    text. ``reading``: what the step was read as; ``accepted``: what was accepted before, in words; ``taken``: sentences
    that are premises already, as ``context 3``.
    """
    options = formaliser.options
    values = {
        "step": step,
        "reading": reading,
        "context": [sentence.text for sentence in source.context],
        "question": [sentence.text for sentence in source.question],
        "accepted": list(accepted),
        "commonsense": options.premises == "all",
    }
    try:
        response = formaliser.response(Query(task="premises", values=values))
    except Unasked as error:
        yield Refused("", "", str(error), unknown=True)
        return
    lines = response.text.splitlines()
    if response.cut:
        lines = lines[:-1]  # of the last one nobody knows how it goes on
        yield Refused("", "", "the list of premises was too long and is cut off", unknown=True)
    elif not response.text.strip():
        yield Refused("", "", "the reply is empty", unknown=True)
    seen: set[tuple[str, int]] = set()
    count = 0
    for line in lines:
        found = LINE.match(line.strip()) if len(line) <= LONGEST_LINE else None
        if found is None or count >= options.candidates:
            continue
        count += 1
        kind, text = found["kind"].lower(), found["text"].strip()
        if kind.startswith("common"):
            if options.premises == "all":
                yield own_words(formaliser, text, step, -count)  # apart from the numbers of what was accepted
            else:
                yield Refused("commonsense", text, "only the context may be rested on here")
            continue
        places = source.find(text)
        if not places:
            yield Refused("context", text, "these words don't stand in the source")
        for name, index, _ in places:
            if (name, index) in seen or f"{name} {index}" in taken:
                continue
            seen.add((name, index))
            yield quoted(formaliser, name, index, source.context if name == "context" else source.question)


def quoted(
    formaliser: ModelFormaliser, name: Literal["context", "question"], index: int, sentences: Sequence[Sentence]
) -> Candidate | Refused:
    """A sentence of the source as a premise."""
    sentence = sentences[index].text
    reading = formaliser.sentence(sentences, index)
    if reading.formula is None:
        return Refused(name, sentence, reading.reason, True)
    return Candidate(name, index, sentence, reading.formula, reading.modelled, reading.others)


def own_words(formaliser: ModelFormaliser, text: str, step: str, number: int) -> Candidate | Refused:
    """Commonsense in the model's words as a premise."""
    text = text.strip().strip(QUOTES).strip()
    if folded(text) == folded(step):
        return Refused("commonsense", text, "it is the step itself")
    asked = folded(formaliser.problem.statement or "")
    if asked and folded(text) == asked:
        return Refused("commonsense", text, "it is the statement that is asked about")
    reading = formaliser.text(text)
    if reading.formula is None:
        return Refused("commonsense", text, reading.reason, reading.unasked)
    return Candidate("commonsense", number, text, reading.formula, reading.modelled, reading.others)
