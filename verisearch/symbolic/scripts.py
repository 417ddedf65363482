"""SMT-LIB scripts of verdicts, for any solver to check again.

Made from a verdict alone, so that they can be written long after the check. Premises and goal are what was checked:
under the ``rules`` reading ``not p`` is a predicate of its own. The closed world is no first-order logic and has no
scripts. Where a language model named premises, a script holds those that there were when its claim was checked, each
with its source: what is commonsense says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import Formula, Not, complement, is_literal
from verisearch.logic.smtlib_writer import script
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.formaliser import ARITHMETIC
from verisearch.symbolic.rules import forward
from verisearch.verdict import ClaimVerdict, Premise, Proof, Status, TraceVerdict, granted

__all__ = ["proof_script", "scripts"]

#: Stands before commonsense: nobody but the model says so.
WITHOUT_SOURCE = "commonsense, which the source doesn't say"

Labelled = tuple[str, Formula, str]


class Premises:
    """The formulas of a verdict's context and of its accepted claims."""

    def __init__(self, verdict: TraceVerdict) -> None:
        self.verdict = verdict
        self.rules = verdict.logic == "rules"
        self.granted = granted(verdict)

    def read(self, text: str) -> Formula:
        formula = parse_formula(text)
        return forward(formula) if self.rules else formula

    def negation(self, text: str) -> Formula:
        """The complement of a claim, as the reading has it."""
        formula = parse_formula(text)
        if self.rules:
            return forward(complement(formula)) if is_literal(formula) else Not(forward(formula))
        return Not(formula)

    def of(self, premise: Premise) -> Labelled | None:
        """The labelled formula of one premise."""
        if not premise.formula:
            return None
        label = f"{premise.label}.{premise.claim + 1}" if premise.source == "step" else premise.label
        words = f"{WITHOUT_SOURCE}: {premise.text}" if premise.source == "commonsense" else premise.text
        return label, self.read(premise.formula), words

    def before(self, step: int, claim: int) -> list[Labelled]:
        """The context, what was named and all claims accepted before claim number ``claim`` of a step."""
        sentences = self.verdict.problem.context
        found = [
            (f"context {index + 1}", self.read(text), sentences[index].text)
            for index, text in enumerate(self.verdict.context_formulas)
            if text is not None and index not in self.verdict.quoted
        ]
        found += [labelled for premise in self.named(step, claim) if (labelled := self.of(premise))]
        for index, verdict in enumerate(self.verdict.steps[: step + 1]):
            for number, each in enumerate(verdict.claims):
                earlier = index < step or number < claim
                if earlier and each.status is Status.ENTAILED and each.kind in ("assertion", "cited") and each.formula:
                    found.append((f"step {index + 1}.{number + 1}", self.read(each.formula), each.text))
        return found

    def named(self, step: int, claim: int) -> Iterator[Premise]:
        """The premises that were named for earlier claims, each once."""
        earlier = [each for verdict in self.verdict.steps[:step] for each in verdict.claims]
        earlier += self.verdict.steps[step].claims[:claim]
        for premise in dict.fromkeys(premise for each in earlier for premise in each.premises):
            if premise.source in ("question", "commonsense") or (
                premise.source == "context" and premise.index in self.verdict.quoted
            ):
                yield premise


def scripts(verdict: TraceVerdict) -> Iterator[tuple[str, str]]:
    """``(name, script)`` for each claim that a first-order check settled. Nothing for the closed world."""
    if verdict.logic == "closed-world":
        return
    if verdict.formaliser == ARITHMETIC:
        from verisearch.symbolic.arithmetic.scripts import scripts as of_arithmetic

        yield from of_arithmetic(verdict)
        return
    premises = Premises(verdict)
    for index, step in enumerate(verdict.steps):
        for number, claim in enumerate(step.claims):
            text = claim_script(premises, claim, index, number)
            if text is not None:
                yield f"step-{index + 1:03d}-claim-{number + 1}", text


def claim_script(premises: Premises, claim: ClaimVerdict, step: int, number: int) -> str | None:
    """The script of one claim: unsat if it (or, contradicted, its complement) follows; sat if it is ungrounded."""
    if claim.formula is None or claim.kind not in ("assertion", "cited"):
        return None
    goal = premises.read(claim.formula)
    if claim.status is Status.UNGROUNDED:
        if "would follow" in claim.reason:
            return None  # refused for its citation, not by a solver
        given, expected = premises.before(step, number), "sat"
    elif claim.status in (Status.ENTAILED, Status.CONTRADICTED):
        if claim.status is Status.CONTRADICTED:
            if premises.rules and not is_literal(parse_formula(claim.formula)):
                return None  # an instance of the rule is contradicted, not the rule
            goal = premises.negation(claim.formula)
        given, expected = [found for premise in claim.premises if (found := premises.of(premise))], "unsat"
    else:
        return None
    title = f"{claim.text}\n{claim.status.value}, {premises.verdict.logic} reading"
    if claim.read_as:
        title += f"\nread as: {claim.read_as}"
    if behind := premises.granted.get((step, number)):
        title += f"\nmodulo {', '.join(each.label for each in behind)}"
    return script(Vocabulary(), given, goal, title=title, expected=expected)


def proof_script(proof: Proof) -> str | None:
    """The script of a proof that the statement is true or false; None for other outcomes and the closed world."""
    if proof.logic == "closed-world" or proof.formula is None or proof.outcome.value not in ("true", "false"):
        return None
    formula = parse_formula(proof.formula)
    goal = formula if proof.outcome.value == "true" else complement(formula)
    read = forward if proof.logic == "rules" else (lambda each: each)
    given = [(p.label, read(parse_formula(p.formula)), p.text) for p in proof.premises if p.formula]
    title = f"{proof.statement}\n{proof.outcome.value}, {proof.logic} reading"
    return script(Vocabulary(), given, read(goal), title=title, expected="unsat")
