"""The two-stage formaliser (VeriCoT, arXiv 2511.04662, section 3).

Stage 1 says a text with the symbols there are; where that can't be, stage 2 asks for new ones, and stage 1 is asked
again. A text is tried at most `ReadingOptions.tries` times, each time with what was wrong the last time; then it stays
untranslatable, with that reason. What the model writes is read in a scratch vocabulary; only what comes through every
check is committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from verisearch.errors import InputError, SignatureError
from verisearch.logic.english.claims import Claim, StepReading
from verisearch.logic.english.reader import Reading
from verisearch.logic.formula import And, Formula
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.protocols import Query, Responder, Response
from verisearch.symbolic.english import EnglishFormaliser
from verisearch.symbolic.modelled.anchors import misfit, said_before, surroundings
from verisearch.symbolic.modelled.declaring import take
from verisearch.symbolic.modelled.names import (
    did_you_mean,
    renamed,
    symbols_in,
    unaccented,
    variable_sorts,
)
from verisearch.symbolic.modelled.notation import read_notation
from verisearch.symbolic.modelled.replies import (
    Asserted,
    Cannot,
    Malformed,
    commands,
    read_assertions,
    read_declarations,
    shown,
)
from verisearch.symbolic.modelled.uses import Uses
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Sentence, Span, Step
from verisearch.usage import Usage

__all__ = ["UNASKED", "ModelFormaliser", "Tally", "Unasked"]

#: A sentence of the context that no step has needed yet.
UNASKED = Reading(None, reason="no step has needed it")


@dataclass(slots=True)
class Tally:
    """What the formaliser did: texts given to the model and those read by the controlled-English reader alone, tries,
    replies that were malformed or cut off by their length, texts that a further try mended, and those given up."""

    texts: int = 0
    by_reader: int = 0
    tries: int = 0
    malformed: int = 0
    cut: int = 0
    mended: int = 0
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Formalised:
    """The formulas for a text, the vocabulary with what they need declared, and those symbols."""

    asserted: tuple[Asserted, ...]
    vocabulary: Vocabulary
    fresh: tuple[Signature, ...]

    @property
    def formula(self) -> Formula:
        return joined([each.formula for each in self.asserted])


@dataclass(frozen=True, slots=True)
class NotRead:
    """Why there is no formula for a text; ``unasked``: the model gave no reply."""

    reason: str
    unasked: bool = False


class ModelFormaliser:
    """Implements `verisearch.symbolic.formaliser.Formaliser` with a language model, given as ``model``.

    Raises `InputError` without one.
    """

    name = "llm"
    asks_model = True

    def __init__(self, problem: Problem, options: CheckOptions, model: Responder | None = None) -> None:
        if model is None:
            raise InputError("the formaliser 'llm' needs a language model: name one with --formalizer-policy")
        self.problem, self.options, self.model = problem, options.reading, model
        self.reader = EnglishFormaliser(problem, options)
        # what the reader alone makes of words is none of the model's business, unless it is taken
        self.vocabulary = self.reader.vocabulary if self.options.mixed else Vocabulary()
        self.tally = Tally()
        self.usage = Usage()
        #: Who replied, and by which templates.
        self.who = ""
        self.prompts: dict[str, str] = {}
        self._read: dict[tuple[str, str], Reading] = {}
        #: Symbols that the model declared: what the reader makes of them isn't what the model meant by them.
        self._own: set[str] = set()
        self._uses = Uses()
        #: The steps so far; and what stands before the text that is formalised: pronouns may mean what is named there.
        self._steps: list[str] = []
        self._before: Sequence[str] = ()

    @property
    def doubts(self) -> dict[str, tuple[Formula, ...]]:
        """Those of the controlled-English reader, where its formulas are taken."""
        return self.reader.doubts if self.options.mixed else {}

    # --- what is read ---
    def context(self) -> list[Reading]:
        """One reading for each context sentence: exactly where the reader can, else from the model where the whole
        context is asked for, else none yet (`sentence` asks for one)."""
        readings = self.reader.context() if self.options.mixed else [Reading(None)] * len(self.problem.context)
        found: list[Reading] = []
        for index, reading in enumerate(readings):
            if reading.formula is not None:
                self.tally.by_reader += 1
            elif self.options.whole_context:
                reading = self.sentence(self.problem.context, index)
            else:
                reading = UNASKED
            found.append(reading)
        return found

    def statement(self) -> Reading | None:
        """The queried statement."""
        text = self.problem.statement
        if text is None:
            return None
        if self.options.mixed:
            reading = self.reader.statement()
            formula = reading.formula if reading is not None else None
            if formula is not None and not self._own.intersection(symbols_in(formula)):
                return reading
        return self.text(text, [sentence.text for sentence in self.problem.context])

    def sentence(self, sentences: Sequence[Sentence], index: int) -> Reading:
        """A sentence of the source; its pronouns stand for what is named before it."""
        return self.text(sentences[index].text, [each.text for each in sentences[:index]])

    def step(self, step: Step) -> StepReading:
        """The claims of a step. Answers and what claims nothing are found by the reader, as they are from a closed
        list; in mixed mode so is all that it reads exactly."""
        reading = self.reader.step(step)
        claims: list[Claim] = []
        spans: list[Span] = []
        for claim in reading.claims:
            exact = claim.formula is not None and not self._own.intersection(symbols_in(claim.formula))
            if claim.kind in ("answer", "no-claim") or (exact and self.options.mixed):
                self.tally.by_reader += exact
                claims.append(claim)
            elif reading.replies and not exact:
                claims.append(claim)  # an answer to who knows which question: no other reading makes it clear
            elif claim.span not in spans:
                spans.append(claim.span)
                claims += self.claims_in(step, claim.span)
        self._steps.append(step.text)
        return StepReading(tuple(claims), reading.signatures, reading.replies)

    def claims_in(self, step: Step, span: Span) -> list[Claim]:
        """What the model makes of the words of a step at ``span``."""
        text = step.text[span[0] : span[1]]
        self._before = self._steps
        read = self.readings(text, step.text)
        if isinstance(read, NotRead):
            return [Claim("unread", span, unread=text, reason=read.reason, unasked=read.unasked)]
        found, others = read
        if others or len(found.asserted) == 1:
            return [Claim("assertion", span, found.formula, modelled=True, others=others)]
        return [
            Claim("assertion", self.place(text, span, each.words), each.formula, modelled=True)
            for each in found.asserted
        ]

    def place(self, text: str, span: Span, words: str) -> Span:
        """Where in the step the words of a sub-formula stand; all of the text if they don't."""
        start = text.find(words) if words else -1
        return span if start < 0 else (span[0] + start, span[0] + start + len(words))

    def text(self, text: str, before: Sequence[str] = ()) -> Reading:
        """A text as one formula, the same whenever it is asked for. ``before``: what its pronouns may stand for."""
        key = (text, surroundings(text, before))
        known = self._read.get(key)
        if known is None or known.formula is None:
            self._before = before
            known = self._read[key] = self.read_text(text)
        return known

    def read_text(self, text: str) -> Reading:
        read = self.readings(text, text)
        if isinstance(read, NotRead):
            return Reading(None, unread=text, reason=read.reason, unasked=read.unasked)
        found, others = read
        signatures = tuple(self.vocabulary.symbols[name] for name in symbols_in(found.formula))
        return Reading(found.formula, signatures, modelled=True, others=others)

    # --- the two stages ---
    def readings(self, text: str, around: str) -> tuple[Formalised, tuple[Formula, ...]] | NotRead:
        """Formulas for a text, and those of independent formalisations over the vocabulary of the first."""
        first = self.formalised(text, around)
        if isinstance(first, NotRead):
            return first
        found: list[Formula] = []
        for sample in range(1, self.options.readings):
            other = self.attempts(text, around, sample, declare=False)
            if isinstance(other, NotRead):
                return replace(other, reason=f"independent reading {sample + 1} didn't come about: {other.reason}")
            found.append(other.formula)
        return first, tuple(found)

    def formalised(self, text: str, around: str) -> Formalised | NotRead:
        """Formulas for a text, whose new symbols are then in the vocabulary; or why there are none."""
        self.tally.texts += 1
        found = self.attempts(text, around, 0, declare=True)
        if isinstance(found, NotRead):
            self.tally.given_up += 1
            return found
        for sort in found.vocabulary.sorts:
            if any(sort in (*each.args, each.sort) for each in found.fresh) or sort in variable_sorts(found.formula):
                self.vocabulary.declare_sort(sort)
        for signature in found.fresh:
            self.vocabulary.declare(signature)
            self._own.add(signature.name)
        self._uses.take(text, [each.formula for each in found.asserted], found.vocabulary)
        return found

    def attempts(self, text: str, around: str, sample: int, *, declare: bool) -> Formalised | NotRead:
        """As often as the options allow; each try is told what was wrong with the last."""
        wrong = ""
        self.insisted: set[str] = set()
        # what one try declares, the next ones have: only what the formulas need is committed
        scratch, fresh = self.vocabulary.copy(), list[Signature]()
        for attempt in range(self.options.tries):
            self.tally.tries += 1
            try:
                found = self.attempt(text, around, wrong, sample, (scratch, fresh), declare)
            except Malformed as error:
                wrong = str(error)
                continue
            except Unasked as error:
                return NotRead(str(error), unasked=True)
            self.tally.mended += attempt > 0
            return found
        return NotRead(f"no formula for it after {self.options.tries} tries: {wrong}")

    def attempt(
        self,
        text: str,
        around: str,
        wrong: str,
        sample: int,
        declared: tuple[Vocabulary, list[Signature]],
        declare: bool,
    ) -> Formalised:
        """One try: stage 1; if it signals that words are lacking, stage 2 and stage 1 again. Raises `Malformed`.
        ``declared``: the vocabulary to use and to widen, and what this text has widened it by."""
        scratch, fresh = declared
        reply = self.ask("formalise", text, around, scratch, wrong, sample)
        read = self.stage_one(reply, scratch, fresh, declare)
        if isinstance(read, Cannot):
            if not declare:
                raise Malformed("it can't be said with the vocabulary")
            told = self.ask("declare", text, around, scratch, wrong, sample, missing=read.why)
            self.declare(told, scratch, fresh)
            reply = self.ask("formalise", text, around, scratch, wrong, sample)
            read = self.stage_one(reply, scratch, fresh, False)
            if isinstance(read, Cannot):
                raise Malformed(f"it couldn't be said with the new words either: {read.why}".rstrip(": "))
        formulas = [each.formula for each in read]
        if self.options.anchors:
            near = surroundings(around, self._before)
            found = misfit(text, near, formulas, scratch) or self._uses.clash(text, formulas, scratch)
            if found:
                raise Malformed(found)
        needed = set(symbols_in(joined(formulas)))
        return Formalised(tuple(read), scratch, tuple(each for each in fresh if each.name in needed))

    def stage_one(
        self, reply: str, scratch: Vocabulary, fresh: list[Signature], declare: bool
    ) -> Sequence[Asserted] | Cannot:
        """The formulas of a stage 1 reply. One that goes ahead and uses symbols of its own may do so with ``declare``:
        stage 2's checks hold all the same. Raises `Malformed`."""
        heads = [command.head for command in commands(reply).commands]
        if not heads:
            return self.in_notation(reply, scratch, fresh, declare)
        ahead = declare and any(head.startswith("declare-") for head in heads)
        names = self.declare(reply, scratch, fresh, new=False) if ahead else {}
        return self.assertions(reply, scratch, names, ahead)

    def in_notation(
        self, reply: str, scratch: Vocabulary, fresh: list[Signature], declare: bool
    ) -> Sequence[Asserted] | Cannot:
        """The same for a reply in FOL notation."""
        try:
            read = read_notation(reply, scratch)
            if isinstance(read, Cannot):
                return read
            if read.new and not declare:
                raise Malformed(f"{read.new[0].name} is not declared")
        except Malformed:
            self.tally.malformed += 1
            raise
        names = read.names | take([], read.new, scratch, fresh, self.insisted)
        return [replace(each, formula=renamed(each.formula, names)) for each in read.asserted]

    def assertions(
        self, reply: str, scratch: Vocabulary, names: Mapping[str, str], ahead: bool
    ) -> list[Asserted] | Cannot:
        """The assertions of a reply. ``names``: what symbols that it declared itself (``ahead``) are called in the
        vocabulary. Raises `Malformed`, with the symbol that an unknown one may have been meant as."""
        wide = scratch.copy()
        plain = {unaccented(name): name for name in scratch.symbols}
        names = {**{written: name for written, name in plain.items() if written not in scratch.symbols}, **names}
        try:
            for written, name in names.items():
                wide.declare(replace(scratch.symbols[name], name=written))
            read = read_assertions(reply, wide, declarations=ahead)
        except SignatureError as error:
            raise Malformed(str(error)) from error
        except Malformed as error:
            self.tally.malformed += 1
            unknown = str(error).partition(" is not declared")[0].rpartition(" ")[2]
            meant = did_you_mean(unknown, scratch) if " is not declared" in str(error) else ""
            raise Malformed(f"{error}; did you mean {meant}?" if meant else str(error)) from error
        if isinstance(read, Cannot):
            return read
        return [replace(each, formula=renamed(each.formula, names)) for each in read]

    def declare(self, reply: str, scratch: Vocabulary, fresh: list[Signature], *, new: bool = True) -> dict[str, str]:
        """Take a reply's declarations into ``scratch``; what symbols were written as and are called now, where these
        differ. ``new``: there must be some that are new. Raises `Malformed`, also for symbols that look like others,
        once for each."""
        try:
            sorts, declared = read_declarations(reply, scratch, new=new)
        except Malformed:
            self.tally.malformed += 1
            raise
        return take(sorts, declared, scratch, fresh, self.insisted, simple=self.options.anchors)

    # --- asking ---
    def ask(
        self,
        task: str,
        text: str,
        around: str,
        vocabulary: Vocabulary,
        wrong: str,
        sample: int,
        **more: Any,
    ) -> str:
        """The reply to one task. Raises `Malformed` for one that was cut off, `Unasked` if there is none."""
        values = {
            "vocabulary": "\n".join(shown(vocabulary)),
            "text": text,
            "before": list(said_before(text, self._before)),
            "around": around if around != text else "",
            "wrong": wrong,
            **more,
        }
        keeps: Literal["", "assertions", "declarations"] = ""
        if self.options.constrain:
            keeps = "assertions" if task == "formalise" else "declarations"
        response = self.response(Query(task=task, values=values, keeps=keeps, sample=sample))
        if response.cut:
            self.tally.cut += 1
            raise Malformed("the reply was too long and is cut off")
        return response.text

    def response(self, query: Query) -> Response:
        """What the model replies. Raises `Unasked` if it doesn't."""
        response = self.model.ask(query)
        self.usage += response.usage
        self.who = response.model or self.who
        if response.prompt:
            self.prompts[query.task] = response.prompt
        if response.error:
            raise Unasked(f"the model could not be asked: {response.error}")
        return response


class Unasked(Exception):
    """The model gave no reply; no further try would help."""


def joined(formulas: Sequence[Formula]) -> Formula:
    """One formula that says what all of them say."""
    return formulas[0] if len(formulas) == 1 else And(tuple(formulas))
