"""Claims in the making: their words, places and formulas, and what they hold."""

from __future__ import annotations

from fractions import Fraction

from verisearch.maths.compare import Compared
from verisearch.maths.conditions import Condition
from verisearch.maths.statements import Side, Statement
from verisearch.maths.terms import Apply, Name, Relation, Term, names, subterms
from verisearch.maths.tokens import tokens
from verisearch.maths.writing import chain_text, number_text
from verisearch.symbolic.arithmetic.quantities import Source
from verisearch.trace import Span
from verisearch.verdict import ClaimVerdict, Premise, Status

__all__ = ["Made", "defines", "letters_in", "listed", "names_of", "operations", "premise_of", "written"]


class Made:
    """A claim in the making: its words and place, and its formula."""

    def __init__(self, text: str, span: Span, formula: str | None, kind: str = "assertion") -> None:
        self.text, self.span, self.formula, self.kind = text, span, formula, kind

    def claim(
        self,
        status: Status,
        reason: str,
        premises: tuple[Premise, ...] = (),
        failed: tuple[int, ...] = (),
        leap: int | None = 1,
    ) -> ClaimVerdict:
        return ClaimVerdict(
            text=self.text,
            span=self.span,
            status=status,
            kind=self.kind,  # type: ignore[arg-type]
            formula=self.formula,
            premises=premises,
            leap=leap if status is Status.ENTAILED else None,
            reason=reason,
            depends_on_failed=failed,
        )


def defines(claim: Condition) -> bool:
    """Whether a claim gives one letter a meaning: it stands alone on one side, and not on the other."""
    if not isinstance(claim, Relation) or claim.sign != "=":
        return False
    for name, other in ((claim.left, claim.right), (claim.right, claim.left)):
        if isinstance(name, Name) and name.name not in names(other):
            return True
    return False


def names_of(*sides: Side) -> frozenset[str]:
    """The names on sides; none where one couldn't be read."""
    return frozenset(name for side in sides if side.term is not None for name in names(side.term))


def operations(term: Term) -> int:
    """How many operations a term has."""
    return sum(isinstance(each, Apply) and each.operator not in ("neg", "%") for each in subterms(term))


def premise_of(source: Source) -> tuple[Premise, ...]:
    """The premise that a source is; none for numbers that need no source."""
    if source.source == "commonsense" and not source.text:
        return ()
    return (Premise(source.source, source.index, source.text, source.claim),)


def written(statement: Statement, links: list[Compared]) -> str | None:
    """A statement as a formula; what was read as rounded has the sign for it. None if a side wasn't read."""
    terms = [side.term for side in statement.sides]
    if any(term is None for term in terms):
        return None
    signs = [
        "≈" if link.reason.startswith("rounded") else sign for sign, link in zip(statement.signs, links, strict=False)
    ]
    return chain_text(terms, signs)  # type: ignore[arg-type]


def listed(found: list[Fraction]) -> str:
    """Numbers in words."""
    shown = list(dict.fromkeys(map(number_text, found)))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def letters_in(text: str) -> set[str]:
    """The letters that a text uses as names."""
    return {token.text for token in tokens(text) if token.kind == "name"}
