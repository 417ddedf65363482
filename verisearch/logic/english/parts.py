"""The parts of a step's sentence: finding them among the tokens, and reading single statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from verisearch.logic.english import lexicon, phrasebook
from verisearch.logic.english.claims import Claim
from verisearch.logic.english.phrases import Unread
from verisearch.logic.english.reader import parse_statement
from verisearch.logic.english.tokens import Token, tokenize
from verisearch.logic.formula import Formula, Or, Term, complement, conjuncts
from verisearch.logic.vocabulary import Signature
from verisearch.trace import Span

__all__ = ["BEFORE_STATED", "CLOSING", "DROPPED", "MAX_WORK", "OPENING", "QUOTED_NAMES", "Line", "SentenceParts"]

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


class SentenceParts:
    """One sentence of a step as tokens, what was read of it so far, and what may be left out of it."""

    def __init__(self, text: str, offset: int, generic: frozenset[str], known: frozenset[str]) -> None:
        self.text, self.offset, self.generic, self.known = text, offset, generic, known
        self.signatures: list[Signature] = []
        #: What was named so far in the sentence: a pronoun refers to it if it is one thing only.
        self.mentioned: dict[Term, None] = {}
        #: Numbers in the citations that were left out.
        self.cites: dict[str, None] = {}
        #: The match, if all of it is a remark in brackets where the sentence before it comes from.
        self.remark: re.Match[str] | None = None
        #: A truth value stands alone, without a word of what it is said.
        self.bare_value = False
        self.work = 0
        self.lines: dict[tuple[int, int, int], Line] = {}
        self.furthest = Unread(0, "no sentence of the controlled English begins like this")
        self.all_tokens = self.lowered([token for token in tokenize(text) if token.text not in DROPPED])

    def line(self, tokens: list[Token]) -> Line:
        """The line of a part of the sentence, made once: many patterns are tried on it."""
        key = (tokens[0].start, tokens[-1].end, len(tokens)) if tokens else (0, 0, 0)
        found = self.lines.get(key)
        if found is None:
            found = self.lines[key] = Line(tokens)
        return found

    def refuse(self, tokens: list[Token], reason: str) -> Unread:
        """Reading stops at the first of ``tokens``; positions are characters here, since sentences come in parts."""
        return Unread(tokens[0].start if tokens else len(self.text), reason)

    def note_numbers(self, text: str) -> None:
        """Keep the numbers of a citation: what they name must exist."""
        self.cites.update(dict.fromkeys(re.findall(r"\d+", text)))

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

    def lowered(self, tokens: list[Token]) -> list[Token]:
        """Headings In Title Case, up to their colon, in small letters."""
        end = next((k for k, token in enumerate(tokens) if token.text == ":"), len(tokens))
        grammar = [t for t in tokens[1:end] if t.low in lexicon.FUNCTION_WORDS or t.low in self.generic]
        if not any(token.text[0].isupper() and token.low != "i" for token in grammar):
            return tokens
        return [token._replace(text=token.low) for token in tokens[:end]] + tokens[end:]

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
