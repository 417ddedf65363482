"""Reading steps of a reasoning chain: which claims a sentence makes, in which order, and on what authority.

"Since A and B, so C" makes three claims. "The context says that A" claims that A stands in the context. "Nothing says
that A" claims that A can't be derived. "The statement is false" gives an answer. A sentence is read wholly or not
at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from verisearch.ingest.sentences import split
from verisearch.logic.english import lexicon, phrasebook
from verisearch.logic.english.lexicon import GENERIC_NOUNS
from verisearch.logic.english.phrases import Unread
from verisearch.logic.english.reader import MAX_WORDS, parse_statement
from verisearch.logic.english.tokens import Token, tokenize
from verisearch.logic.formula import Formula, Implies, Or, Term, complement, conjuncts, is_literal
from verisearch.logic.vocabulary import Signature
from verisearch.trace import Span

__all__ = ["Claim", "ClaimKind", "StepReading", "read_step"]

#: ``assertion``: holds. ``cited``: stands in the context. ``not-derivable``: neither it nor (``whether``) its
#: complement follows. ``not-stated``: likewise, stands in the context. ``answer``: the final answer is ``answer``.
ClaimKind = Literal["assertion", "cited", "not-derivable", "not-stated", "answer", "unread", "no-claim"]

OPENING, CLOSING = "\"“‘'«", "\"”’'»"
#: May stand before a statement in quotation marks.
QUOTED_NAMES = frozenset(
    {
        "",
        "statement",
        "the statement",
        "the given statement",
        "the claim",
        "the rule",
        "the fact",
        "the original statement",
    }
)
DROPPED = frozenset("*`_#•")
#: Behind these, "stated" and "given" are what is said, not where it was said.
BEFORE_STATED = frozenset("is are be been was were not explicitly directly clearly already also".split())
#: Most readings tried of one sentence: no sentence of the data needs fifty.
MAX_WORK = 300


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a step. ``span`` is its place in the step's text. ``unread`` and ``reason``: where and why reading
    stopped, for the kind ``unread``. ``cites``: numbers of the sentences or steps that it names as its source."""

    kind: ClaimKind
    span: Span
    formula: Formula | None = None
    whether: bool = False
    answer: str = ""
    unread: str = ""
    reason: str = ""
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepReading:
    """All claims of a step in the order in which they are to be checked, and the signatures of their symbols."""

    claims: tuple[Claim, ...]
    signatures: tuple[Signature, ...] = ()


class Line:
    """Tokens as one string of lower-case words, for the patterns of the phrasebook."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.text = " ".join(token.low for token in tokens)
        self.starts: dict[int, int] = {}
        place = 0
        for number, token in enumerate(tokens):
            self.starts[place] = number
            place += len(token.low) + 1
        self.starts[place] = self.starts[place - 1] = len(tokens)

    def after(self, offset: int) -> int | None:
        """The number of the token that begins at or just behind ``offset``; None inside a token."""
        return self.starts.get(offset, self.starts.get(offset + 1))


@lru_cache(maxsize=1 << 15)
def read_step(text: str, generic: frozenset[str] = GENERIC_NOUNS, known: frozenset[str] = frozenset()) -> StepReading:
    """Read one step. ``generic`` and ``known`` as in `verisearch.logic.english.reader.read_sentence`."""
    claims: list[Claim] = []
    signatures: dict[str, Signature] = {}
    latest: list[Claim] = []
    asked = False
    for sentence in split(text):
        reader = StepSentence(sentence.text, sentence.span[0], generic, known)
        found = reader.read()
        if reader.remark is not None and latest:  # "Bob is kind. (Given)"
            claims[-len(latest) :] = latest = reader.remarked(latest)
        if asked:  # "Is the following statement true or false? Bob is kind."
            found = [Claim("no-claim", sentence.span)]
        asked = reader.asks_below()
        claims.extend(found)
        latest = found
        for signature in reader.signatures:
            signatures.setdefault(signature.name, signature)
    return StepReading(tuple(claims), tuple(signatures.values()))


def cite_at(claims: list[Claim], place: int) -> list[Claim]:
    """``claims``, with the ones at the text position ``place`` cited: those that begin last at or before it."""
    spans = [claim.span for claim in claims]
    if not spans:
        return claims
    span = max((span for span in spans if span[0] <= place), default=min(spans))
    return [replace(c, kind="cited") if c.span == span and c.kind == "assertion" else c for c in claims]


def reaches_on(claims: list[Claim], place: int) -> bool:
    """An "if … then" about named things ends before the text position ``place``, a bare assertion follows: "if Bob is
    kind, he is nice, and he is big" may or may not say that Bob is big."""
    before = [claim for claim in claims if claim.span[1] <= place]
    behind = [claim for claim in claims if claim.span[0] >= place]
    return (
        bool(before and behind)
        and isinstance(before[-1].formula, Implies)
        and behind[0].kind == "assertion"
        and behind[0].formula is not None
        and is_literal(behind[0].formula)
    )


class StepSentence:
    """Reads one sentence of a step."""

    def __init__(self, text: str, offset: int, generic: frozenset[str], known: frozenset[str]) -> None:
        self.text, self.offset, self.generic, self.known = text, offset, generic, known
        self.signatures: list[Signature] = []
        #: What was named so far in the sentence: a pronoun refers to it if it is one thing only.
        self.mentioned: dict[Term, None] = {}
        #: Numbers in the citations that were left out.
        self.cites: dict[str, None] = {}
        #: The match, if all of it is a remark in brackets where the sentence before it comes from.
        self.remark: re.Match[str] | None = None
        self.work = 0
        self.lines: dict[tuple[int, int, int], Line] = {}
        self.furthest = Unread(0, "no sentence of the controlled English begins like this")
        self.all_tokens = self.lowered([token for token in tokenize(text) if token.text not in DROPPED])

    def read(self) -> list[Claim]:
        """Its claims; one of the kind ``unread`` if it can't be read, of ``no-claim`` if it states nothing."""
        tokens, whole = self.all_tokens, (self.offset, self.offset + len(self.text))
        if not tokens:
            return [Claim("no-claim", whole)]
        if len(tokens) > MAX_WORDS:
            return [Claim("unread", whole, unread=self.text[:40], reason="the sentence is too long")]
        if tokens[-1].text != "?":
            plain = self.attempt(lambda: self.plain(tokens))
            if plain is not None:
                return plain
        if tokens[-1].text == "?" or self.states_nothing(tokens):
            return [Claim("no-claim", whole)]
        try:
            claims = self.sentence(tokens)
            return [replace(claim, cites=tuple(self.cites)) for claim in claims] if self.cites else claims
        except Unread as stop:
            if stop.position > self.furthest.position:
                self.furthest = stop
            words = self.text[self.furthest.position :].split()[:4]
            return [
                Claim(
                    "unread",
                    whole,
                    unread=" ".join(words) or "the end of the sentence",
                    reason=self.furthest.reason,
                )
            ]

    def line(self, tokens: list[Token]) -> Line:
        """The line of a part of the sentence, made once: many patterns are tried on it."""
        key = (tokens[0].start, tokens[-1].end, len(tokens)) if tokens else (0, 0, 0)
        found = self.lines.get(key)
        if found is None:
            found = self.lines[key] = Line(tokens)
        return found

    def plain(self, tokens: list[Token]) -> list[Claim]:
        """Most sentences are one statement, with "so" in front or not: read without looking for connectives."""
        start = 1 if tokens[0].low in ("so", "therefore", "thus", "hence") else 0
        if start and len(tokens) > 1 and tokens[1].text == ",":
            start = 2
        return self.statement(self.trim(tokens[start:]))

    def lowered(self, tokens: list[Token]) -> list[Token]:
        """Headings In Title Case, up to their colon, in small letters."""
        end = next((k for k, token in enumerate(tokens) if token.text == ":"), len(tokens))
        grammar = [t for t in tokens[1:end] if t.low in lexicon.FUNCTION_WORDS or t.low in self.generic]
        if not any(token.text[0].isupper() and token.low != "i" for token in grammar):
            return tokens
        return [token._replace(text=token.low) for token in tokens[:end]] + tokens[end:]

    def states_nothing(self, tokens: list[Token]) -> bool:
        """A heading, a plan, a remark where something comes from: on the closed list."""
        blanked: list[str] = []
        inside = False
        for token in tokens:
            if token.text in '"“”':
                inside = not inside
                blanked.append("“”" if inside else "")
            elif not inside:
                blanked.append(token.low)
        text = " ".join(word for word in blanked if word)
        if phrasebook.NO_CLAIM.fullmatch(text):
            return not phrasebook.QUOTES_RULE.search(text) and not self.ends_in_claim(tokens)
        bare = text.strip(" .()[]")
        found = phrasebook.CITATION.fullmatch(bare) if bare else None
        if found and text[0] in "([":
            self.remark = found
        return found is not None

    def ends_in_claim(self, tokens: list[Token]) -> bool:
        """A statement stands at the end: "let us see: Bob is kind", "we use the fact that Bob is kind"."""
        words = [number for number, token in enumerate(tokens) if token.is_word]
        tokens = tokens[: words[-1] + 1] if words else []
        for place in range(1, len(tokens) - 2):
            before = tuple(token.low for token in tokens[max(place - 2, 0) : place])
            named = before in (("question", ":"), ("statement", ":"))  # named, not claimed
            if named or before[-1] in ("if", "whether") or self.in_quotes(tokens, place):
                continue
            if tokens[place].is_word and self.attempt(lambda p=place: self.statement(tokens[p:])):  # type: ignore[misc]
                return True
        return False

    def remarked(self, claims: list[Claim]) -> list[Claim]:
        """The claims of the sentence before, with what this remark says of their source."""
        assert self.remark is not None
        if self.remark["given"]:
            claims = cite_at(claims, self.offset)
        numbers = re.findall(r"\d+", self.remark.group())
        return [replace(claim, cites=(*claim.cites, *numbers)) for claim in claims] if numbers else claims

    def asks_below(self) -> bool:
        """Asks whether "the following statement" is true."""
        return phrasebook.ASKS_BELOW.fullmatch(self.line(self.all_tokens).text) is not None

    def refuse(self, tokens: list[Token], reason: str) -> Unread:
        """Reading stops at the first of ``tokens``; positions are characters here, since sentences come in parts."""
        return Unread(tokens[0].start if tokens else len(self.text), reason)

    # --- structure ---
    def sentence(self, tokens: list[Token]) -> list[Claim]:
        tokens, asides, given = self.take_parentheses(list(tokens))
        while tokens and tokens[-1].text in ".!:;,":
            tokens = tokens[:-1]
        if not tokens and not asides:
            raise self.refuse(tokens, "nothing is claimed")
        claims = self.claims(tokens) if tokens else []
        for place in given:
            claims = cite_at(claims, self.offset + place)
        # asides are reasons, and come first; they are read last, so that pronouns find what they refer to
        return [claim for aside in asides for claim in self.parenthesis(aside)] + claims

    def take_parentheses(self, tokens: list[Token]) -> tuple[list[Token], list[list[Token]], list[int]]:
        """Take out parentheses: the rest, what makes claims of its own, and where the others say "given"."""
        asides: list[list[Token]] = []
        given: list[int] = []
        while any(token.text == "(" for token in tokens):
            start = max(k for k, token in enumerate(tokens) if token.text == "(")
            end = next((k for k in range(start, len(tokens)) if tokens[k].text == ")"), None)
            if end is None:
                raise self.refuse(tokens[start:], "a parenthesis is not closed")
            inside = tokens[start + 1 : end]
            option = len(inside) == 1 and inside[0].low in ("a", "b", "c")
            if option:
                break
            found = phrasebook.CITATION.fullmatch(self.line(inside).text.rstrip(" .")) if inside else None
            if found is None and inside:
                asides.insert(0, inside)
            if found and found["given"]:
                given.append(tokens[start].start)
            if found:
                self.note_numbers(found.group())
            tokens = tokens[:start] + tokens[end + 1 :]
        return tokens, asides, given

    def note_numbers(self, text: str) -> None:
        """Keep the numbers of a citation: what they name must exist."""
        self.cites.update(dict.fromkeys(re.findall(r"\d+", text)))

    def parenthesis(self, inside: list[Token]) -> list[Claim]:
        """A parenthesis that claims something: "(since A)", "(according to the rule "A")"."""
        if inside[0].low in phrasebook.SINCE:
            return self.statement(inside[1:])
        answer = phrasebook.ANSWERS.match(self.line(inside).text)
        if answer and answer["bare"]:
            raise self.refuse(inside, "of what this is said is not clear")
        stripped = self.without_source(inside)
        if stripped is not inside:
            return self.premises(inside)
        return self.claims(inside)

    def claims(self, tokens: list[Token], depth: int = 0) -> list[Claim]:
        """The claims of a token sequence that is a whole sentence or its last part."""
        self.work += 1
        if depth > 12 or self.work > MAX_WORK:
            raise self.refuse(tokens, "too many clauses upon another")
        tokens = self.trim(tokens)
        for reader in (
            self.answer,
            self.undecidable,
            self.not_derivable,
            self.cited_lead,
            self.quoted_value,
            self.since,
            self.lead,
            self.concluded,
            self.because,
            self.from_premises,
            self.contrast,
            self.headed,
            self.trail,
        ):
            claims = reader(tokens, depth)
            if claims is not None:
                return claims
        return self.statement(tokens)

    def trim(self, tokens: list[Token]) -> list[Token]:
        while tokens and tokens[-1].text in ".,;:!":
            tokens = tokens[:-1]
        while tokens and tokens[0].text in ",;:-–—":
            tokens = tokens[1:]
        if not tokens:
            raise self.refuse(tokens, "a statement should stand here")
        return tokens

    def attempt(self, rule: Callable[[], list[Claim]]) -> list[Claim] | None:
        saved, mentioned = len(self.signatures), dict(self.mentioned)
        try:
            return rule()
        except Unread as stop:
            if stop.position >= self.furthest.position:
                self.furthest = stop
            del self.signatures[saved:]
            self.mentioned = mentioned
            return None

    # --- single claims ---
    def formula(self, tokens: list[Token]) -> Formula:
        """The formula of tokens that are one statement, in quotation marks or not."""
        tokens = self.unquote(self.trim(tokens))
        try:
            formula, signatures = parse_statement(tokens, self.generic, self.known, self.mentioned, concluding=True)
        except Unread as stop:
            place = tokens[stop.position].start if stop.position < len(tokens) else tokens[-1].end
            raise Unread(place, stop.reason) from None
        self.signatures.extend(signatures)
        return formula

    def unquote(self, tokens: list[Token]) -> list[Token]:
        if len(tokens) > 2 and tokens[0].text in OPENING and tokens[-1].text in CLOSING:
            inner = tokens[1:-1]
            if not any(token.text in OPENING + CLOSING for token in inner):
                return self.trim(inner)
        return tokens

    def statement(self, tokens: list[Token]) -> list[Claim]:
        """Tokens that are one statement; a conjunction of several makes a claim of each."""
        formula = self.formula(tokens)
        span = self.span(tokens)
        return [Claim("assertion", span, part) for part in conjuncts(formula)]

    def span(self, tokens: list[Token]) -> Span:
        return (self.offset + tokens[0].start, self.offset + tokens[-1].end)

    # --- sentence patterns, in the order in which they are tried ---
    def answer(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        found = phrasebook.ANSWERS.fullmatch(self.line(tokens).text)
        if not found:
            return None
        if found["bare"] and not self.stands_alone(tokens):
            raise self.refuse(tokens, "of what this is said is not clear")
        value = next((found[name] for name in ("v1", "v2", "v3") if found[name]), None)
        answer = (value or found["letter"]).capitalize()
        answer = "Unknown" if answer in ("Uncertain", "Undetermined") else answer
        return [Claim("answer", self.span(tokens), answer=answer)]

    def stands_alone(self, tokens: list[Token]) -> bool:
        """Nothing else stands in the sentence, but for "so" and the like."""
        around = [t for t in self.all_tokens if not tokens[0].start <= t.start <= tokens[-1].start]
        return all(not token.is_word or token.low in ("so", "therefore", "thus", "hence") for token in around)

    def undecidable(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """ "We cannot determine whether the statement (A) is true or false"."""
        rest = self.strip_trails(tokens)
        line = self.line(rest)
        found = phrasebook.UNDECIDABLE.fullmatch(line.text)
        if not found:
            return None
        name = next((name for name in ("quoted", "about") if found[name]), None)
        self.refuse_narrow(tokens[len(rest) :])
        if name is None:
            return [Claim("answer", self.span(tokens), answer="Unknown")]
        quoted = rest[line.after(found.start(name)) : line.after(found.end(name))]
        return [Claim("not-derivable", self.span(tokens), self.denied(quoted, True), whether=True)]

    def refuse_narrow(self, tokens: list[Token]) -> None:
        """Raises `Unread` if ``tokens``, left out of a claim that nothing follows, name one rule or rules by number."""
        if phrasebook.NARROW_SOURCE.search(self.line(tokens).text):
            raise self.refuse(tokens, "what one rule alone gives is not checked")

    def denied(self, tokens: list[Token], whether: bool) -> Formula:
        """The formula of what is said not to follow; ``whether``: nor its complement."""
        some = next((token for token in tokens if token.low in phrasebook.ANY), None)
        if some is not None:
            raise self.refuse([some], "'any' under a negation")
        formula = self.formula(tokens)
        if whether and isinstance(formula, Or):
            raise self.refuse(tokens, "of which this is said is not clear")
        return formula

    def not_derivable(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        line = self.line(tokens)
        about = phrasebook.NO_INFORMATION.match(line.text)
        if about:
            rest = self.strip_trails(tokens[line.after(about.end()) :])
            self.refuse_narrow([token for token in tokens if token.start >= rest[-1].end])
            rest = self.without_or_not(rest)
            rest = [Token("is", "is", t.start, t.end) if t.low == "being" else t for t in rest]
            kind_: ClaimKind = "not-stated" if about["direct"] else "not-derivable"
            return [Claim(kind_, self.span(tokens), self.denied(rest, True), whether=True)]
        kinds: tuple[tuple[ClaimKind, object], ...] = (
            ("not-derivable", phrasebook.NOT_DERIVABLE),
            ("not-stated", phrasebook.NOT_STATED),
        )
        for kind, pattern in kinds:
            found = pattern.match(line.text)  # type: ignore[attr-defined]
            if found:
                rest = self.strip_trails(tokens[line.after(found.end()) :])
                self.refuse_narrow([token for token in tokens if token.start >= rest[-1].end])
                rest = self.without_or_not(rest)
                whether = not found["mode"].startswith("that")
                return [Claim(kind, self.span(tokens), self.denied(rest, whether), whether=whether)]
        return None

    def cited_lead(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        rest = self.behind(phrasebook.CITED_LEADS, tokens)
        if rest is None:
            return None
        claims = self.claims(rest, depth + 1)
        first, *others = claims
        if first.kind != "assertion":
            return claims
        # "it is given that A and B": both stand in the context; a conclusion drawn behind them does not
        same = [replace(c, kind="cited") if c.span == first.span and c.kind == "assertion" else c for c in others]
        return [replace(first, kind="cited"), *same]

    def quoted_value(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """'The statement "A" is false', "it is false that A"."""
        for rest in (tokens, self.strip_trails(tokens)):
            line = self.line(rest)
            value, stated = phrasebook.STATEMENT_VALUE.search(line.text), phrasebook.QUOTE_STATED.search(line.text)
            found = value or stated
            if not found or not any(token.text in OPENING for token in rest):
                continue
            inner = rest[: line.after(found.start())]
            start = next((k for k, token in enumerate(inner) if token.text in OPENING), None)
            if start is None or self.line(inner[:start]).text not in QUOTED_NAMES:
                continue
            sure = value is not None and value["value"] == "true"
            formula = self.formula(inner[start:]) if stated or sure else self.denied(inner[start:], False)
            if value:
                return self.valued(formula, value["value"], tokens)
            kind: ClaimKind = "not-stated" if found["no"] else "cited"
            return [Claim(kind, self.span(tokens), formula)]
        if self.line(tokens[:4]).text == "it is false that":
            return self.valued(self.denied(tokens[4:], False), "false", tokens)
        return None

    def valued(self, formula: Formula, value: str, tokens: list[Token]) -> list[Claim]:
        span = self.span(tokens)
        if value == "true":
            return [Claim("assertion", span, part) for part in conjuncts(formula)]
        if value == "false":
            if len(conjuncts(formula)) > 1:
                raise self.refuse(tokens, "which part is false is not said")
            return [Claim("assertion", span, complement(formula))]
        if isinstance(formula, Or):
            raise self.refuse(tokens, "of which this is said is not clear")
        return [Claim("not-derivable", span, formula, whether=True)]

    def since(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """ "Since A and B, C"."""
        size = 1 if tokens[0].low in phrasebook.SINCE else 0
        for phrase in phrasebook.SINCE_PHRASES:
            if tuple(token.low for token in tokens[: len(phrase)]) == phrase:
                size = len(phrase)
        if not size:
            return None
        for cut in self.cuts(tokens):
            claims = self.attempt(lambda c=cut: self.premises(tokens[size:c]) + self.claims(tokens[c:], depth + 1))  # type: ignore[misc]
            if claims is not None:
                return claims
        raise self.refuse(tokens, "the premises can't be told from the conclusion")

    def lead(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        rest = self.behind(phrasebook.LEADS, tokens)
        if rest and any(pattern.match(self.line(rest).text) for pattern in phrasebook.DENIALS):
            self.refuse_narrow(tokens[: len(tokens) - len(rest)])
        return self.claims(rest, depth + 1) if rest else None

    def concluded(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """ "A, so B"."""
        line = self.line(tokens)
        for found in phrasebook.CONCLUDERS.finditer(line.text):
            start, end = line.after(found.start()), line.after(found.end())
            if not start or not end or end >= len(tokens) or self.in_quotes(tokens, start):
                continue
            claims = self.attempt(
                lambda s=start, e=end: self.claims(tokens[:s], depth + 1) + self.claims(tokens[e:], depth + 1)  # type: ignore[misc]
            )
            if claims is not None:
                return claims
        return None

    def because(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """ "B because A": A is checked first."""
        for place in range(1, len(tokens) - 1):
            if tokens[place].low in phrasebook.SINCE and not self.in_quotes(tokens, place):
                claims = self.attempt(lambda p=place: self.reason_behind(tokens, p, depth))  # type: ignore[misc]
                if claims is not None:
                    return claims
        return None

    def reason_behind(self, tokens: list[Token], place: int, depth: int, skipped: int = 1) -> list[Claim]:
        """Read in the order of the words, so that pronouns find what they refer to; the reason comes first."""
        conclusion = self.claims(tokens[:place], depth + 1)
        return self.premises(tokens[place + skipped :]) + conclusion

    def from_premises(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """ "From A and B it follows that C", "by the rule "A", C", "C according to the rule "A""."""
        if self.without_source(tokens) is not tokens or tokens[0].low == "from":
            for cut in self.cuts(tokens):
                claims = self.attempt(lambda c=cut: self.premises(tokens[:c]) + self.claims(tokens[c:], depth + 1))  # type: ignore[misc]
                if claims is not None:
                    return claims
        for place in range(1, len(tokens) - 2):
            rest = tokens[place:]
            if self.without_source(rest) is not rest and not self.in_quotes(tokens, place):
                claims = self.attempt(lambda p=place: self.reason_behind(tokens, p, depth, 0))  # type: ignore[misc]
                if claims is not None:
                    return claims
        return None

    def contrast(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """ "A, but B", "A; B"."""
        for place in range(1, len(tokens) - 1):
            if tokens[place].low in ("but", ";", "while", "whereas") or (
                tokens[place].text == "," and tokens[place + 1].low in ("and", "but", "while")
            ):
                start = place + 2 if tokens[place].text == "," else place + 1
                joined = tokens[start - 1].low == "and"
                claims = self.attempt(
                    lambda p=place, s=start: self.claims(tokens[:p], depth + 1) + self.claims(tokens[s:], depth + 1)  # type: ignore[misc]
                )
                if claims is not None and joined and reaches_on(claims, self.offset + tokens[start].start):
                    raise self.refuse(tokens[start:], "whether this belongs to the 'if' is not clear")
                if claims is not None:
                    return claims
        return None

    def headed(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        """ "A: B": both are claimed."""
        for place in range(1, len(tokens) - 1):
            if tokens[place].text == ":" and not self.in_quotes(tokens, place):
                return self.attempt(
                    lambda p=place: self.claims(tokens[:p], depth + 1) + self.claims(tokens[p + 1 :], depth + 1)  # type: ignore[misc]
                )
        return None

    def trail(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        found = phrasebook.TRAILS.search(self.line(tokens).text)
        rest = self.strip_trails(tokens)
        if found is None or len(rest) == len(tokens):
            return None
        claims = self.claims(rest, depth + 1)
        if found["given"]:  # "as stated in the context": it must stand there
            claims = [replace(claim, kind="cited") if claim.kind == "assertion" else claim for claim in claims]
        return claims

    # --- parts ---
    def strip_trails(self, tokens: list[Token]) -> list[Token]:
        """Without the words at the end that state nothing."""
        line = self.line(tokens)
        found = phrasebook.TRAILS.search(line.text)
        start = line.after(found.start()) if found else None
        if not found or not start:
            return tokens
        if found["given"] and tokens[start - 1].low in BEFORE_STATED:
            return tokens
        self.note_numbers(found.group())
        return self.strip_trails(self.trim(tokens[:start]))

    def without_or_not(self, tokens: list[Token]) -> list[Token]:
        """ "whether A or not": without the last two words."""
        return tokens[:-2] if len(tokens) > 2 and (tokens[-2].low, tokens[-1].low) == ("or", "not") else tokens

    def behind(self, pattern: object, tokens: list[Token]) -> list[Token] | None:
        """The tokens behind a pattern that matches at the front."""
        line = self.line(tokens)
        found = pattern.match(line.text + " ")  # type: ignore[attr-defined]
        place = line.after(found.end()) if found and found.end() else None
        if not found or place is None or not 0 < place < len(tokens):
            return None
        self.note_numbers(found.group())
        return tokens[place:]

    def premises(self, tokens: list[Token]) -> list[Claim]:
        """Premises before a conclusion: statements, bare or introduced as "the rule that …" (then cited)."""
        tokens = self.trim(tokens)
        rest = self.without_source(tokens)
        if rest is not tokens:
            return self.cited_items(rest)
        if tokens[0].low == "from":
            return self.cited_items(tokens[1:])
        behind = self.behind(phrasebook.CITED_LEADS, tokens) or self.behind(phrasebook.LEADS, tokens)
        return self.statement(self.strip_trails(behind or tokens))

    def cited_items(self, tokens: list[Token]) -> list[Claim]:
        """Statements joined by "and", each to stand in the context or in an earlier step."""
        self.work += 1
        if self.work > MAX_WORK:
            raise self.refuse(tokens, "too many clauses upon another")
        whole = self.attempt(lambda: self.statement(self.without_source(self.trim(tokens), bare=True)))
        if whole is not None:
            return [replace(claim, kind="cited") for claim in whole]
        for place in range(1, len(tokens) - 1):
            if tokens[place].low == "and" and not self.in_quotes(tokens, place):
                parts = self.attempt(lambda p=place: self.cited_items(tokens[:p]) + self.cited_items(tokens[p + 1 :]))  # type: ignore[misc]
                if parts is not None:
                    return parts
        raise self.refuse(tokens, "the premises can't be read")

    def without_source(self, tokens: list[Token], bare: bool = False) -> list[Token]:
        """Behind "according to the rule (that)", "by the fact that"; with ``bare`` behind "the rule (that)" too.
        The same list if nothing of the kind stands in front."""
        place = 0
        lows = [token.low for token in tokens[:8]]
        if lows[:2] in (["according", "to"], ["based", "on"], ["due", "to"]):
            place = 2
        elif lows and lows[0] in ("by", "from", "using", "applying", "given", "per"):
            place = 1
        elif not bare:
            return tokens
        noun = place + 1 if lows[place : place + 1] == ["the"] else place
        while noun < len(lows) and lows[noun] in ("given", "first", "second"):
            noun += 1
        if noun < len(lows) and lows[noun] in ("rule", "fact", "statement", "premise", "condition", "sentence"):
            noun += 1
            while noun < len(tokens) and (tokens[noun].low in ("that", ",", ":") or tokens[noun].low.isdigit()):
                noun += 1
            return tokens[noun:] if noun < len(tokens) else tokens
        return tokens

    def cuts(self, tokens: list[Token]) -> Iterator[int]:
        """Places where premises may end: behind commas outside quotation marks, before "then" or "it follows"."""
        for place in range(1, len(tokens)):
            if self.in_quotes(tokens, place):
                continue
            if tokens[place].text == "," and place + 1 < len(tokens):
                yield place + 1
            elif tokens[place].low in ("then", "so", "therefore", "we", "it"):
                yield place

    def in_quotes(self, tokens: list[Token], place: int) -> bool:
        """Token number ``place`` stands between quotation marks."""
        inside = False
        for token in tokens[:place]:
            if token.text in '"“”«»':
                inside = not inside
        return inside
