"""A theory as token ids: its context once, then chains and look-ups that each see the context and themselves only.

For every token of a chain that repeats something, its row says where that stands: the number behind the sentence that
is to be found, the word that is to be copied, the condition of a rule that was just settled. Training tells some heads
to attend there (`verisearch.training.packed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
from transformers import PreTrainedTokenizerFast

from verisearch.training.worlds.chain import Line, Span
from verisearch.training.worlds.generate import Example, Theory, prompt

__all__ = ["CHAIN", "CONTEXT", "LOOK_UP", "NOT_LEARNED", "NOWHERE", "POINTERS", "Row", "Segment", "row_of"]

NOT_LEARNED, CHAIN, LOOK_UP, CONTEXT = 0, 1, 2, 3
NOWHERE = -1

#: What tokens hang on. Behind a sentence, line or question: the last "word" of it, its "subject" and its "verb". Where
#: a look-up is made: the number or the line that is "found" (the start of everything if nothing is); for the number
#: behind a sentence, the one before that may be found next. Behind a line: the condition of a rule that it "settled";
#: at the line behind a rule's last one, the number of the rule that was "tried". Where a word is repeated: what is
#: "copied". Within a word of several tokens: its "start", and the one that this one is "joined" to.
POINTERS = ("word", "subject", "verb", "found", "settled", "tried", "copied", "start", "joined")

#: Tokens that a word's form adds to it.
ENDINGS = ("s", "es")


class Segment(msgspec.Struct):
    """A context, or a question with its answer behind a context.

    ``learned``: of what kind the token is that follows. ``pointers``: by `POINTERS`, of each token the position,
    counted from the context's start, that it hangs on; `NOWHERE` where there is none.
    """

    ids: list[int] = msgspec.field(default_factory=list)
    learned: list[int] = msgspec.field(default_factory=list)
    pointers: dict[str, list[int]] = msgspec.field(default_factory=lambda: {name: [] for name in POINTERS})

    def add(self, ids: Sequence[int], learned: int) -> None:
        """Append tokens that are followed by what is to be learned."""
        self.ids += ids
        self.learned += [learned] * len(ids)
        for places in self.pointers.values():
            places += [NOWHERE] * len(ids)

    def point(self, name: str, place: int, position: int) -> None:
        """Let the token at ``place`` of this segment hang on a position."""
        self.pointers[name][place] = position


class Row(NamedTuple):
    """A context and what stands behind it, each for itself."""

    context: Segment
    behind: list[Segment]

    @property
    def tokens(self) -> int:
        return sum(len(segment.ids) for segment in (self.context, *self.behind))


class Piece(NamedTuple):
    """A token of a line: where it stands, its characters in the line, its text."""

    position: int
    start: int
    end: int
    text: str


def row_of(tokenizer: PreTrainedTokenizerFast, theory: Theory, examples: Sequence[Example] | None = None) -> Row:
    """A theory's context, the chains about it (some of its ``examples``; None: all), and its look-ups."""
    context = Context(tokenizer, theory)
    behind = [context.chain(example) for example in (theory.examples if examples is None else examples)]
    behind += [context.lookup(question, line) for question, line in theory.lookups]
    return Row(context.segment, behind)


class Context:
    """The context's tokens, and what chains refer to in them."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, theory: Theory) -> None:
        self.tokenizer = tokenizer
        self.segment = Segment()
        self.segment.add([tokenizer.bos_token_id], CONTEXT)
        self.sentences: list[list[Piece]] = []
        self.numbers: list[int] = []  # where the number behind each sentence stands
        for index, sentence in enumerate(theory.context):
            number = f"({index + theory.first})"
            pieces = self.pieces(self.segment, f"{number} {sentence}{number}\n", CONTEXT, len(number) + 1)
            self.sentences.append([piece for piece in pieces if 0 <= piece.start < len(sentence)])
            self.numbers.append(pieces[-2].position)
            earlier = theory.alternatives[index]
            self.segment.point("found", self.numbers[-1], 0 if earlier is None else self.numbers[earlier])
            self.said(self.segment, self.numbers[-1], sentence, self.sentences[-1])
        self.segment.learned[-1] = NOT_LEARNED

    def pieces(self, segment: Segment, text: str, learned: int, shift: int = 0) -> list[Piece]:
        """Append a text's tokens to a segment; ``shift`` characters in front of it are not counted."""
        start = len(segment.ids) + (0 if segment is self.segment else len(self.segment.ids))
        encoded = self.tokenizer(text, return_offsets_mapping=True)
        at = len(segment.ids)
        segment.add(encoded.input_ids, learned)
        pieces = [
            Piece(start + place, first - shift, last - shift, text[first:last])
            for place, (first, last) in enumerate(encoded.offset_mapping)
        ]
        begun = 0
        for place, (before, piece) in enumerate(pairwise(pieces), 1):
            if piece.text[:1].isalpha() and before.text[-1:].isalpha():
                segment.point("start", at + place, pieces[begun].position)
                segment.point("joined", at + place, before.position)
            else:
                begun = place
        return pieces

    def lookup(self, question: str, line: Line) -> Segment:
        """A question that a chain asks, and the first word of its answer."""
        segment = Segment()
        asked = self.pieces(segment, f"- {question}\n", NOT_LEARNED)
        self.pieces(segment, "- ", LOOK_UP)
        segment.point("found", -1, self.found(line, []))
        self.said(segment, -1, question, asked[1:])
        self.pieces(segment, line.text.partition(" ")[0], NOT_LEARNED)
        return segment

    def chain(self, example: Example) -> Segment:
        """A statement that is asked about, and the chain that settles it."""
        segment = Segment()
        lead = prompt((), "")
        statement = self.pieces(segment, f"{lead}{example.statement}\n", NOT_LEARNED, len(lead))
        segment.learned[-1] = CHAIN
        lines: list[list[Piece]] = []  # each line's tokens, its bullet first

        def within(span: Span) -> list[Piece]:
            kind, index = span.place
            of_kind = {"context": self.sentences, "chain": [line[1:] for line in lines], "statement": [statement]}
            pieces = of_kind[kind][index]
            return [piece for piece in pieces if span.start < piece.end and (span.end is None or piece.end <= span.end)]

        for line in example.chain:
            if line.behind is not None:
                segment.point("settled", -1, stem(within(line.behind)).position)
            bullet = line.bulleted[: -len(line.text)]
            before = len(segment.ids)
            pieces = self.pieces(segment, f"{line.bulleted}\n", CHAIN, len(bullet))
            segment.point("found", before, self.found(line, lines))
            if line.tried is not None:
                segment.point("tried", before, lines[line.tried.number][1].position)
            for part in line.copied:
                copies = [p for p in pieces if part.start < p.end and (part.end is None or p.end <= part.end)]
                for place, source in aligned(copies, within(part.source)):
                    segment.point("copied", place - len(self.segment.ids) - 1, source)
            if lines:
                self.said(segment, before, example.chain[len(lines) - 1].text, lines[-1][1:])
            lines.append(pieces)
        self.pieces(segment, self.tokenizer.eos_token, NOT_LEARNED)
        return segment

    def said(self, segment: Segment, place: int, text: str, pieces: Sequence[Piece]) -> None:
        """Let the token behind a line hang on its subject and its last word."""
        subject = subject_in(text, pieces)
        segment.point("subject", place, subject)
        segment.point("verb", place, verb_in(text, pieces))
        if subject != NOWHERE or text.endswith("."):
            segment.point("word", place, stem([piece for piece in pieces if piece.end < len(text)]).position)

    def found(self, line: Line, lines: Sequence[Sequence[Piece]]) -> int:
        """Where the look-up ends that a line starts with: the number behind a sentence, the bullet behind a line that
        is repeated, the start of everything where nothing is found."""
        if line.found is not None:
            if line.found.kind == "context":
                return self.numbers[line.found.number]
            following = line.found.number + 1
            # a line that is repeated has another one behind it, except a question that is asked at once again
            return lines[following][0].position if following < len(lines) else NOWHERE
        return 0 if line.text.startswith("Nothing ") else NOWHERE


def conclusion_in(text: str) -> int:
    """Where what a rule concludes begins; 0 in everything else."""
    return text.find(" then ") + len(" then ") if " then " in text else 0


def subject_in(text: str, pieces: Sequence[Piece]) -> int:
    """The token that ends the subject of a fact, a question, a conclusion, or of what a rule concludes."""
    start = conclusion_in(text)
    if not start and text.startswith(("Is ", "Does ", "So ", "Nothing says that ")):
        start = len("Nothing says that ") if text.startswith("Nothing") else text.index(" ") + 1
    words = text[start:].split(" ")
    if words[0].lower() not in ("the", "it", "they") and not words[0][0].isupper():
        return NOWHERE
    if (not start and words[0] in ("All", "Each", "Every")) or words[0].startswith("("):
        return NOWHERE
    end = start + len(words[0]) + (len(words[1]) + 1 if words[0].lower() == "the" else 0)
    return next((piece.position for piece in pieces if piece.end >= end), NOWHERE)


def verb_in(text: str, pieces: Sequence[Piece]) -> int:
    """The token that ends the verb of what is said, asked or concluded, its ending left out; nowhere if it is "be"."""
    clause = text[conclusion_in(text) : -1]
    if text.startswith("Is ") or " is " in clause or " are " in clause or clause.count(" ") < 2:
        return NOWHERE
    words = clause.split(" ")
    thing = next((-back for back in (2, 3) if words[-back] == "the"), -1)
    end = len(text) - 1 - len(" ".join(words[thing:])) - 1
    held = [piece for piece in pieces if end - len(words[thing - 1]) < piece.end <= end]
    return stem(held).position if held else NOWHERE


def stem(pieces: Sequence[Piece]) -> Piece:
    """The last token of a word, its ending left out."""
    ends = len(pieces) > 1 and pieces[-1].text in ENDINGS and pieces[-2].text[-1:].isalpha()
    return pieces[-2 if ends else -1]


def aligned(copies: Sequence[Piece], source: Sequence[Piece]) -> Iterable[tuple[int, int]]:
    """Which token of the source each token repeats, in order; those that repeat none are left out."""
    at = 0
    for piece in copies:
        same = next((place for place in range(at, len(source)) if alike(piece.text, source[place].text)), None)
        if same is not None:
            yield piece.position, source[same].position
            at = same + 1


def alike(one: str, two: str) -> bool:
    """Whether two tokens are the same word, up to its case and its ending."""
    one, two = one.strip().lower(), two.strip().lower()
    if one == two:
        return True
    shorter, longer = sorted((one, two), key=len)
    return len(shorter) > 2 and longer in (f"{shorter}s", f"{shorter}es")
