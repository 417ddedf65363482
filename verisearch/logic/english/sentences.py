"""Sentence-level parsing: clauses, rules and quantified statements of the controlled English, to formulas."""

from __future__ import annotations

from verisearch.logic.english import lexicon
from verisearch.logic.english.morphology import IRREGULAR_PLURALS, plural
from verisearch.logic.english.phrases import PhraseParser, Subject, conjunction, is_adverb
from verisearch.logic.english.tokens import Token
from verisearch.logic.formula import And, Exists, Forall, Formula, Func, Implies, Not, Term, Var

__all__ = ["SentenceParser"]

AUXILIARIES = frozenset(["is", "are", "does", "do", "must", "cannot", "has", "have"])
RELATIVES = ("who", "that", "which")


class SentenceParser(PhraseParser):
    """Reads statements: facts, rules, quantified sentences."""

    def statement(self) -> Formula:
        """One whole statement; stops before punctuation that ends it."""
        if self.peek() == "if":
            return self.conditional()
        for rule in (self.quantified, self.universal_pronoun, self.plural_subject):
            formula = self.attempt(rule)
            if formula is not None:
                return formula
        body = self.clauses()
        if self.peek() == "if" and self.variable is None:
            return Implies(self.trailing_condition(), body)
        if self.variable is not None:
            return Exists((self.variable,), body)
        return body

    # --- rules ---
    def conditional(self) -> Formula:
        """ "If A and B then C"."""
        self.accept("if")
        self.may_introduce = True
        body = self.clauses(before_then=any(token.low == "then" for token in self.tokens[self.i :]))
        self.may_introduce = False
        comma = bool(self.accept(","))
        if not self.accept("then") and not comma:
            raise self.fail("'then' or a comma should follow the condition")
        self.accept(",")
        return self.rule(body, self.clauses(after_then=True))

    def trailing_condition(self) -> Formula:
        """The condition of "C if A": without a variable, since none was introduced before C."""
        self.accept("if")
        return self.clauses()

    def rule(self, body: Formula, head: Formula) -> Formula:
        formula = Implies(body, head)
        return Forall((self.variable,), formula) if self.variable is not None else formula

    # --- clauses ---
    def clauses(self, before_then: bool = False, after_then: bool = False) -> Formula:
        """Clauses joined by "and"; a later one may leave out the subject. Behind "then" no comma may stand before the
        "and": "if Bob is kind, he is nice, and he is big" may or may not say that Bob is big."""
        subject, formula = self.clause()
        parts = [formula]
        while True:
            saved = self.i
            comma = bool(self.accept(","))
            if (after_then and comma) or not (self.accept("and") or (before_then and comma)):
                self.i = saved
                break
            if self.accept("then") or self.peek() in ("so", "therefore", "thus", "hence"):
                self.i = saved
                break
            following = self.attempt(self.clause) or self.attempt(lambda s=subject: (s, self.verb_phrase(s)))  # type: ignore[misc]
            if following is None:
                self.i = saved
                break
            subject, formula = following
            parts.append(formula)
        return conjunction(parts)

    def clause(self) -> tuple[Subject, Formula]:
        """A subject and what is said of it."""
        for rule in (self.definite_subject_with_verb, self.plain_subject):
            subject = self.attempt(rule)
            if subject is not None:
                return subject, self.verb_phrase(subject)
        raise self.fail("expected someone or something that this is said of")

    def plain_subject(self) -> Subject:
        """A pronoun, a name, several names, or "the …" before an auxiliary."""
        low = self.peek()
        if low in lexicon.PRONOUNS:
            several = self.variable is not None and bool(self.mentioned)
            if several and (low in ("he", "she") or (low == "it" and self.of_person)):
                raise self.fail("what the pronoun refers to is not clear")
            self.i += 1
            return (self.referent(),), low in lexicon.PLURAL_PRONOUNS
        if low in lexicon.GENERIC_PRONOUNS or self.generic_phrase():
            return (self.introduce(low in lexicon.GENERIC_PRONOUNS),), False
        names = [self.name()]
        while self.peek() == "and":
            following = self.attempt(self.further_name)
            if following is None:
                break
            names.append(following)
        if len(names) > 1 and self.peek() not in ("are", "do", *lexicon.ADVERBS) and not self.is_open():
            raise self.fail("several subjects need a plural verb")
        return tuple(names), len(names) > 1

    def generic_phrase(self) -> bool:
        """ "a person", "that thing", "the person" of whom the rule speaks: stands for the rule's variable."""
        first = self.peek() in ("a", "an", "that", "this") or (self.peek() == "the" and self.variable is not None)
        return first and plural(self.peek(1)) in self.generic

    def introduce(self, one_word: bool) -> Term:
        """The rule's variable, introduced here or (for "that person") earlier."""
        back = self.peek() in ("that", "this", "the")
        of_person = self.peek() in lexicon.PERSON_PRONOUNS or self.peek(1) == "person"
        self.i += 1 if one_word else 2
        if back:
            return self.referent()
        if not self.may_introduce or self.variable is not None:
            raise self.fail("a second 'someone' can't be told from the first")
        self.variable, self.of_person = Var("x"), of_person
        return self.variable

    def referent(self) -> Term:
        """What a pronoun refers to: the rule's variable, or the only thing named so far."""
        if self.variable is not None:
            return self.variable
        if len(self.mentioned) == 1:
            return next(iter(self.mentioned))
        raise self.fail("what the pronoun refers to is not clear")

    def name(self) -> Func:
        """One name, or "the …" up to an auxiliary."""
        known = self.known_entity()
        if isinstance(known, Func):
            return known
        if self.accept("the"):
            words = self.open_run()
            if words and (self.peek() in AUXILIARIES or self.peek() in ("and", *lexicon.ADVERBS)):
                return self.entity(words, proper=False)
            raise self.fail("expected a verb here")
        start = self.i
        while self.is_open() and self.token.is_capital:
            self.i += 1
        if self.i == start:
            raise self.fail("expected a name or 'the …' here")
        if start == 0 and self.i > 1:
            self.i = 0  # "Suppose Bob", "Today Bob": a capital at the start shows nothing
            raise self.fail("one name should stand here")
        return self.entity(self.tokens[start : self.i], proper=True)

    def further_name(self) -> Func:
        self.accept("and")
        name = self.name()
        if self.peek() not in ("are", "do", "and", *lexicon.ADVERBS) and not self.is_open():
            raise self.fail("several subjects need a plural verb")
        if self.is_open() and self.token.low.endswith("s"):
            raise self.fail("a clause begins here")
        return name

    def definite_subject_with_verb(self) -> Subject:
        """ "the bald eagle" directly before its verb: the run's last word is the verb."""
        if not self.accept("the"):
            raise self.fail("expected 'the' here")
        words = self.open_run()
        if len(words) < 2 or self.peek() in AUXILIARIES or self.peek() in lexicon.ADVERBS:
            raise self.fail("expected a verb here")
        self.i -= 1
        return (self.entity(words[:-1], proper=False),), False

    # --- quantified statements ---
    def quantified(self) -> Formula:
        """ "All red, cold things are round", "Every wumpus is small", "No cat is kind"."""
        word = self.accept(*lexicon.QUANTIFIERS)
        if not word:
            raise self.fail("expected 'all', 'every', 'each', 'any' or 'no'")
        is_plural = self.noun_is_plural(word)
        body = self.restriction(is_plural)
        head = self.verb_phrase(((Var("x"),), is_plural))
        if word == "no" and isinstance(head, And):
            raise self.fail("how far the 'no' reaches is not clear")
        return Forall((Var("x"),), Implies(body, Not(head) if word == "no" else head))

    def noun_is_plural(self, word: str) -> bool:
        """Which number the quantified noun has, from its verb: found before the noun can be read."""
        if word in ("every", "each"):
            return False
        if word == "all":
            return True
        ahead = 0
        while self.peek(ahead) and self.peek(ahead) not in ("is", "are", "does", "do", "must", "cannot"):
            ahead += 1
        return self.peek(ahead) in ("are", "do") or self.peek(ahead) == ""

    def plural_subject(self) -> Formula:
        """ "Red things are round", "Cats are kind", "People who are kind are nice": true of all of them."""
        those = bool(self.accept("those"))
        body = self.restriction(True)
        if those and not any(token.low in RELATIVES for token in self.tokens[: self.i]):
            raise self.fail("which of them is not said")
        if self.peek() not in ("are", "do", *lexicon.ADVERBS) and not self.is_open():
            raise self.fail("expected 'are' here")
        return Forall((Var("x"),), Implies(body, self.verb_phrase(((Var("x"),), True))))

    def universal_pronoun(self) -> Formula:
        """ "Everyone is kind", "Anything that is red is round", "Nobody is kind"."""
        word = self.accept(*lexicon.UNIVERSAL_PRONOUNS, *lexicon.NEGATIVE_PRONOUNS) or (
            "nobody" if self.accept_phrase("no", "one") else ""
        )
        if not word:
            raise self.fail("expected 'everyone' or the like")
        negative = word in lexicon.NEGATIVE_PRONOUNS
        subject: Subject = ((Var("x"),), False)
        self.variable = Var("x")
        if self.accept(*RELATIVES):
            body = self.relative_clause(subject)
            head = self.verb_phrase(subject)
            return Forall((Var("x"),), Implies(body, Not(head) if negative else head))
        head = self.verb_phrase(subject)
        if negative and isinstance(head, And):
            raise self.fail("how far the negation reaches is not clear")
        return Forall((Var("x"),), Not(head) if negative else head)

    def relative_clause(self, subject: Subject) -> Formula:
        """What follows "who": one verb phrase or more; the last "and" must be followed by a verb."""
        self.in_relative = True
        parts = [self.verb_phrase(subject)]
        while self.peek() == "and":
            following = self.attempt(lambda: self.further_relative(subject))
            if following is None:
                break
            parts.append(following)
        self.in_relative = False
        return conjunction(parts)

    def further_relative(self, subject: Subject) -> Formula:
        self.accept("and")
        self.accept(*RELATIVES)
        return self.verb_phrase(subject)

    def restriction(self, is_plural: bool) -> Formula:
        """The noun phrase of a quantified statement, as a condition on x."""
        segments, joined = [self.open_run()], False
        while True:
            saved, comma, word = self.i, self.accept(","), self.accept("and")
            run = self.open_run() if comma or word else []
            if not run:
                self.i = saved
                break
            segments.append(run)
            joined = joined or bool(word)
        return self.restrict(segments, is_plural, joined)

    def restrict(self, segments: list[list[Token]], is_plural: bool, joined: bool) -> Formula:
        x = Var("x")
        *adjectives, last = segments
        if any(len(segment) != 1 for segment in adjectives):
            raise self.fail("a list of single adjectives should stand here")
        if adjectives and is_adverb(adjectives[0][0]) and adjectives[0][0] is self.tokens[0]:
            raise self.fail("an adverb, or a property?")  # "Finally, young, blue things are nice"
        last, verb = self.without_verb(last)
        noun = last[-1].low if last else ""
        key = noun if is_plural else plural(noun)
        parts: list[Formula] = [self.adjective(segment[0], x) for segment in adjectives]
        if key in self.generic:
            if joined and not self.concluding:  # in a chain it repeats "kind, nice things"
                raise self.fail("'and' between adjectives: things that are both, or either?")
            if len(last) > 2 or (len(last) == 1 and adjectives):
                raise self.fail("a single adjective should stand before the noun")
            parts += [self.adjective(word, x) for word in last[:-1]]
        elif not last:
            raise self.fail("a noun should stand here")
        elif joined:
            raise self.fail("'and' between nouns: of which is this said?")
        else:
            if is_plural and not (noun.endswith("s") or noun in IRREGULAR_PLURALS.values()):
                raise self.fail(f"{last[-1].text!r} is no plural")
            if adjectives and len(last) > 1:
                parts.append(self.adjective(last[0], x))
                last = last[1:]
            if any(word.low in lexicon.META_NOUNS for word in last):
                raise self.fail(f"{last[-1].text!r} speaks about the reasoning, not about its things")
            parts.append(self.noun_atom([word.low for word in last], is_plural, x))
        if self.peek() in RELATIVES and not verb:
            self.i += 1
            parts.append(self.relative_clause(((x,), is_plural)))
        self.i -= verb
        if not parts:
            raise self.fail("says of nothing in particular")
        return conjunction(parts)

    def adjective(self, word: Token, subject: Term) -> Formula:
        if word.low in lexicon.META_NOUNS or word.low in lexicon.META_PREDICATES:
            raise self.fail(f"{word.text!r} speaks about the reasoning, not about its things")
        return self.property_atom(word.low, f"is {word.low}", f"is not {word.low}", subject)

    def without_verb(self, run: list[Token]) -> tuple[list[Token], int]:
        """Take the verb off the end of a run that stands directly before an object; how many words were taken."""
        if (len(run) > 1 and self.peek() in ("the", "a", "an")) or (len(run) > 1 and self.known_ahead()):
            return run[:-1], 1
        return run, 0

    def known_ahead(self) -> bool:
        """A known entity stands here."""
        return any(
            "_".join(token.low for token in self.tokens[self.i : self.i + size]) in self.known for size in (1, 2, 3)
        )
