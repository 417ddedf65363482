"""Reading steps of a reasoning chain: which claims a sentence makes, in which order, and on what authority.

"Since A and B, so C" makes three claims. "The context says that A" claims that A stands in the context. "Nothing says
that A" claims that A can't be derived. "The statement is false" gives an answer. A sentence is read wholly or not
at all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from verisearch.ingest.sentences import split
from verisearch.logic.english import phrasebook
from verisearch.logic.english.claims import Claim, ClaimKind, StepReading, cite_at, reaches_on
from verisearch.logic.english.lexicon import GENERIC_NOUNS
from verisearch.logic.english.parts import MAX_WORK, OPENING, QUOTED_NAMES, SentenceParts
from verisearch.logic.english.phrases import Unread
from verisearch.logic.english.reader import MAX_WORDS
from verisearch.logic.english.tokens import Token
from verisearch.logic.vocabulary import Signature

__all__ = ["read_step"]


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
        if reader.bare_value and any(claim.kind in ("assertion", "cited") for claim in latest):
            reason = "of what this is said is not clear"  # "Bob is kind. True."
            found = [Claim("unread", sentence.span, unread=sentence.text, reason=reason)]
        asked = reader.asks_below()
        claims.extend(found)
        latest = found
        for signature in reader.signatures:
            signatures.setdefault(signature.name, signature)
    return StepReading(tuple(claims), tuple(signatures.values()))


class StepSentence(SentenceParts):
    """Reads one sentence of a step."""

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
        if tokens[-1].text == "?" and phrasebook.ASSERTING_QUESTION.search(self.line(tokens).text):
            return [Claim("unread", whole, unread=self.text[:40], reason="a question that asserts something too")]
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

    def plain(self, tokens: list[Token]) -> list[Claim]:
        """Most sentences are one statement, with "so" in front or not: read without looking for connectives."""
        start = 1 if tokens[0].low in ("so", "therefore", "thus", "hence") else 0
        if start and len(tokens) > 1 and tokens[1].text == ",":
            start = 2
        return self.statement(self.trim(tokens[start:]))

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
            behind = tokens[end + 1 : end + 2]
            if behind and behind[0].is_word and behind[0].start == tokens[end].end:  # "the(99)aly": part of a word
                raise self.refuse(tokens[start:], "a parenthesis inside a word")
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

    # --- single claims ---
    # --- sentence patterns, in the order in which they are tried ---
    def answer(self, tokens: list[Token], depth: int) -> list[Claim] | None:
        found = phrasebook.ANSWERS.fullmatch(self.line(tokens).text)
        if not found:
            return None
        if found["bare"] and not self.stands_alone(tokens):
            raise self.refuse(tokens, "of what this is said is not clear")
        self.bare_value = self.bare_value or bool(found["bare"])
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
