"""Conditions as SMT-LIB over the real numbers: total, and true to where terms are defined.

A partial operation puts what it needs before the relation that it stands in (a divisor isn't zero, an even root is of
nothing negative), so that a relation is false where a side isn't defined. A root is a constant of its own: ``s ≥ 0``
and ``s · s = x``, said wherever it is defined, so that a negation can't get round it. Rational exponents are powers of
roots; those with odd denominators are defined for negative numbers too, as `verisearch.maths.exact` has it.

π is a constant between bounds: what follows for all such numbers follows for π, and nothing else can be said of it. So
are powers with names in their exponents (`exponentials`).
"""

from __future__ import annotations

from fractions import Fraction

from verisearch.logic.smtlib_names import symbol
from verisearch.maths.conditions import Condition, Either
from verisearch.maths.exact import Undefined
from verisearch.maths.polynomials import Monomial
from verisearch.maths.terms import PI, Apply, Name, Relation, RelationSign, Term, depth
from verisearch.symbolic.algebra.domains import DEEPEST, constant, degree, holds, needs
from verisearch.symbolic.algebra.exponentials import WHOLE, linear_parts, primes, primitive
from verisearch.symbolic.theory import Inexpressible

__all__ = ["Encoder", "numeral"]

#: Greatest whole exponent, and longest text of a relation.
MAX_POWER, MAX_TEXT = 12, 20_000
SIGNS: dict[RelationSign, str] = {"=": "=", "<": "<", "≤": "<=", ">": ">", "≥": ">="}
#: Names that may stand for the imaginary unit, of which nothing here is true.
IMAGINARY = frozenset("i")
#: Operators that a solver computes by itself.
COMPUTED = frozenset({"+", "-", "*", "/", "neg", "%", "more%", "less%"})


def numeral(number: Fraction) -> str:
    """A rational in SMT-LIB, of sort Real."""
    size = f"{abs(number.numerator)}.0"
    if number.denominator != 1:
        size = f"(/ {size} {number.denominator}.0)"
    return f"(- {size})" if number < 0 else size


class Encoder:
    """Writes conditions as Boolean terms. `commands` gives what must be declared and asserted before them, each thing
    once. ``loose``: why a model is no counterexample, where something in them isn't known exactly. ``whole``: a part is
    about whole numbers. ``folds``: what has a known value is written as that, not as the computation that gives it."""

    def __init__(self, folds: bool = True) -> None:
        self.folds = folds
        self.waiting: list[str] = []
        self.declared: set[str] = set()
        self.roots: dict[tuple[str, int], str] = {}
        self.powers: dict[tuple[int, Monomial], str] = {}
        #: Powers with unknown exponents by what they are powers of: each with its exponent.
        self.grown: dict[Fraction, dict[str, str]] = {}
        self.loose = ""
        self.whole = False

    def commands(self) -> list[str]:
        """Declarations and facts about roots that have come up since the last call."""
        taken, self.waiting = self.waiting, []
        return taken

    def condition(self, given: Condition) -> str:
        """``given`` as a term of sort Bool. Raises `Inexpressible`."""
        # All is looked at before anything is kept: a condition that can't be said leaves no trace.
        trial = Encoder(self.folds)
        trial.written(given)
        return self.written(given)

    def written(self, given: Condition) -> str:
        if isinstance(given, Relation):
            return self.relation(given)
        if not given.parts:
            return "false" if isinstance(given, Either) else "true"
        joiner = "or" if isinstance(given, Either) else "and"
        return f"({joiner} {' '.join(self.written(each) for each in given.parts)})"

    def relation(self, given: Relation) -> str:
        if given.sign == "≈":
            raise Inexpressible("≈ says nothing exact")
        if max(depth(given.left), depth(given.right)) > DEEPEST:
            raise Inexpressible("a term is nested too deeply")
        needed: dict[str, None] = {}
        try:
            left, right = self.term(given.left, needed), self.term(given.right, needed)
        except Undefined:
            return "false"
        said = f"(not (= {left} {right}))" if given.sign == "≠" else f"({SIGNS[given.sign]} {left} {right})"
        text = f"(and {' '.join(needed)} {said})" if needed else said
        if len(text) > MAX_TEXT:
            raise Inexpressible("a relation is too long")
        return text

    def term(self, given: Term, needed: dict[str, None]) -> str:
        """``given`` as a term of sort Real; what it needs is added to ``needed``."""
        if isinstance(given, Name):
            return self.name(given.name)
        known = constant(given)
        if known is not None and (self.folds or not isinstance(given, Apply) or given.operator not in COMPUTED):
            return numeral(known)
        assert isinstance(given, Apply)
        args = given.args
        if given.operator == "^":
            text = self.power(given, needed)
        elif given.operator in ("sqrt", "root"):
            base = self.term(args[-1], needed)
            text = self.root(base, 2 if given.operator == "sqrt" else degree(args[0]))
            self.add_needs(given, base, needed)
        elif given.operator in ("/", "//", "mod"):
            above, below = self.term(args[0], needed), self.term(args[1], needed)
            self.add_needs(given, below, needed)
            text = f"(/ {above} {below})"
            if given.operator != "/":
                text = self.floor(text)
            if given.operator == "mod":
                text = f"(- {above} (* {below} {text}))"
        else:
            text = self.total(given, [self.term(each, needed) for each in args])
        if len(text) > MAX_TEXT:
            raise Inexpressible("a term is too long")
        return text

    def total(self, given: Apply, args: list[str]) -> str:
        """An operator that is defined everywhere. Raises `Inexpressible` for others."""
        operator, first = given.operator, args[0]
        if operator in ("+", "*", "-"):
            return f"({operator} {' '.join(args)})"
        if operator == "neg":
            return f"(- {first})"
        if operator == "%":
            return f"(/ {first} 100.0)"
        if operator in ("more%", "less%"):
            return f"(* {args[1]} ({'+' if operator == 'more%' else '-'} 1.0 {first}))"
        if operator == "abs":
            return f"(ite (>= {first} 0.0) {first} (- {first}))"
        if operator == "floor":
            return self.floor(first)
        if operator == "ceil":
            return f"(- {self.floor(f'(- {first})')})"
        raise Inexpressible(f"nothing can be said of {operator} of what isn't known")

    def floor(self, text: str) -> str:
        self.whole = True
        return f"(to_real (to_int {text}))"

    def name(self, name: str) -> str:
        if name in IMAGINARY:
            raise Inexpressible(f"{name} may be the imaginary unit")
        text = symbol(name)
        if name not in self.declared:
            self.declared.add(name)
            self.waiting.append(f"(declare-fun {text} () Real)")
            if name == PI.name:
                self.loose = "π is known by bounds only"
                self.waiting.append(f"(assert (and (< 3.14159265 {text}) (< {text} 3.14159266)))")
        return text

    def add_needs(self, given: Apply, text: str, needed: dict[str, None]) -> None:
        """What ``given`` needs of an argument, which is written as ``text``."""
        for each in needs(given):
            if holds(each, {}) is True:
                continue
            said = f"(not (= {text} 0.0))" if each.sign == "≠" else f"({SIGNS[each.sign]} {text} 0.0)"
            needed[said] = None

    def power(self, given: Apply, needed: dict[str, None]) -> str:
        base, exponent = self.term(given.args[0], needed), constant(given.args[1])
        self.add_needs(given, base, needed)
        if exponent is None:
            return self.exponential(constant(given.args[0]) or Fraction(0), given.args[1], needed)
        times = abs(exponent.numerator)
        if times > MAX_POWER or exponent.denominator > MAX_POWER:
            raise Inexpressible(f"an exponent is beyond {MAX_POWER}")
        if exponent.denominator > 1:
            base = self.root(base, exponent.denominator)
        if times == 0:
            return "1.0"
        text = base if times == 1 else f"(* {' '.join([base] * times)})"
        return text if exponent > 0 else f"(/ 1.0 {text})"

    def exponential(self, base: Fraction, exponent: Term, needed: dict[str, None]) -> str:
        """A power with an unknown exponent."""
        if base == 1:
            self.term(exponent, needed)
            return "1.0"
        whole, parts = linear_parts(exponent)
        factors = [numeral(base**whole)]
        for prime, times in primes(base).items():
            for monomial, by in parts.items():
                factors += self.times(self.unknown_power(prime, monomial), times * by)
        root, scale = primitive(base)
        value, scaled = f"(* {' '.join(factors)})", f"(* {numeral(Fraction(scale))} {self.term(exponent, needed)})"
        known = self.grown.setdefault(root, {})
        if scaled not in known:
            others = [*known.items(), *((numeral(Fraction(each)), numeral(root**each)) for each in WHOLE)]
            for other, power in others:
                for sign in ("<", "="):
                    self.waiting.append(f"(assert (= ({sign} {scaled} {other}) ({sign} {value} {power})))")
            known[scaled] = value
        self.loose = "of powers with unknown exponents not all is known"
        return value

    def unknown_power(self, prime: int, monomial: Monomial) -> str:
        """The constant that stands for a prime to the power of ``monomial``."""
        text = self.powers.get((prime, monomial))
        if text is None:
            text = self.powers[prime, monomial] = f"?e{len(self.powers) + 1}"
            self.waiting.append(f"(declare-fun {text} () Real)(assert (> {text} 0.0))")
        return text

    def times(self, text: str, power: int) -> list[str]:
        """The factors of a power with a whole exponent."""
        if abs(power) > MAX_POWER:
            raise Inexpressible(f"an exponent is beyond {MAX_POWER}")
        return [text] * power if power > 0 else [f"(/ 1.0 {text})"] * -power

    def root(self, base: str, degree: int) -> str:
        """The constant that stands for a root of ``base``."""
        known = self.roots.get((base, degree))
        if known is not None:
            return known
        text = self.roots[base, degree] = f"?r{len(self.roots) + 1}"
        raised = f"(= (* {' '.join([text] * degree)}) {base})"
        fact = raised if degree % 2 else f"(=> (>= {base} 0.0) (and (>= {text} 0.0) {raised}))"
        self.waiting.append(f"(declare-fun {text} () Real)(assert {fact})")
        return text
