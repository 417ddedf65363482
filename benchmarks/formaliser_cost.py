"""What a language model as formaliser costs: calls a step and tokens a trace, with mixed mode and without.

No strong model is needed for this: a stand-in replies rightly at once, with what the controlled-English reader makes of
each text, and names as premises the context sentences that the step checker finds. So the counts are those of a model
that never has to be asked twice; a real one costs more. Tokens are bytes of the prompts and replies over 4.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from common import finish, parser, progress, spread, table

from verisearch.evaluation.datasets import ProofWriter
from verisearch.logic.english.reader import read_sentence
from verisearch.logic.english.steps import read_step
from verisearch.logic.formula import THING, Formula
from verisearch.logic.smtlib_writer import declaration, formula_text, sort_text
from verisearch.logic.vocabulary import Signature
from verisearch.protocols import Query, Response
from verisearch.runtime.prompting import load_template
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Trace
from verisearch.usage import Usage
from verisearch.verdict import Status, TraceVerdict

#: Bytes that a token stands for.
BYTES_A_TOKEN = 4

#: The one sort that the controlled-English reader knows.
THINGS = f"(declare-sort {sort_text(THING)} 0)"

MODES = {
    "mixed": ReadingOptions(),
    "all by the model": ReadingOptions(mixed=False),
    "all by the model, whole context": ReadingOptions(mixed=False, whole_context=True),
}


class Chains(NamedTuple):
    """Recorded chains, and where they come from."""

    name: str
    traces: list[Trace]


class ReaderModel:
    """Replies as a formaliser's model that reads controlled English rightly, and that knows no other English.
    ``premises``: the sentences that a step rests on, by the words of the step."""

    name = "reader"

    def __init__(self, premises: dict[str, tuple[str, ...]]) -> None:
        self.premises = premises
        self.calls: Counter[str] = Counter()

    def ask(self, query: Query) -> Response:
        """A right reply, or the signal that there is none."""
        self.calls[query.task] += 1
        text = self.reply(query)
        prompt = load_template(query.task).sealed_messages(query.values)
        size = sum(len(message.content.encode()) for message in prompt) + len(text.encode())
        return Response(text=text, usage=Usage(formaliser_calls=1, formaliser_tokens=size // BYTES_A_TOKEN))

    def reply(self, query: Query) -> str:
        if query.task == "premises":
            named = self.premises.get(query.values["step"], ())
            return "\n".join(f'context: "{each}"' for each in named) or "none"
        formulas, signatures = read(query.values["text"])
        known = query.values["vocabulary"]
        lacking = [signature for signature in signatures if declaration(signature) not in known_declarations(known)]
        if query.task == "declare":
            sorts = [] if THINGS in known else [THINGS]
            return "\n".join([*sorts, *(f"{declaration(each)} ; {each.gloss}" for each in lacking)])
        if not formulas or lacking:
            return "; cannot: words are lacking"
        return "\n".join(f"(assert {formula_text(formula)})" for formula in formulas)


def known_declarations(vocabulary: str) -> set[str]:
    """The declarations of a shown vocabulary, as our writer writes them."""
    found: set[str] = set()
    for line in vocabulary.splitlines():
        bare = line.partition(" ;")[0]
        head, _, rest = bare.removeprefix("(").removesuffix(")").partition(" ")
        if head == "declare-const":
            name, _, sort = rest.rpartition(" ")
            bare = f"(declare-fun {name} () {sort})"
        found.add(bare)
    return found


def read(text: str) -> tuple[list[Formula], list[Signature]]:
    """The formulas and symbols of a text; none where the reader stops."""
    step = read_step(text)
    claims = [claim for claim in step.claims if claim.kind != "no-claim"]
    if claims and all(claim.formula is not None for claim in claims):
        return [claim.formula for claim in claims if claim.formula is not None], list(step.signatures)
    reading = read_sentence(text)
    return ([] if reading.formula is None else [reading.formula]), list(reading.signatures)


def known_premises(trace: Trace) -> dict[str, tuple[str, ...]]:
    """What the steps of a trace rest on, by the step checker without a model."""
    verdict = verify_trace(trace, CheckOptions(logic="classical", answer_check=False))
    return {
        claim.text: tuple(premise.text for premise in claim.premises if premise.source == "context")
        for step in verdict.steps
        for claim in step.claims
    }


def measured(chains: Chains, reading: ReadingOptions) -> dict[str, Any]:
    """The figures of one way to formalise."""
    options = CheckOptions(logic="classical", formaliser="llm", reading=reading)
    steps, calls, entailed = 0, Counter[str](), Counter[str]()
    tokens: list[int] = []
    for trace in progress(chains.traces, chains.name):
        model = ReaderModel(known_premises(trace))
        verdict: TraceVerdict = verify_trace(trace, options, model=model)
        steps += len(verdict.steps)
        calls.update(model.calls)
        entailed.update(step.status.value for step in verdict.steps)
        tokens.append(verdict.usage.formaliser_tokens)
    return {
        "traces": len(chains.traces),
        "steps": steps,
        "calls": dict(calls),
        "calls_a_step": sum(calls.values()) / steps if steps else None,
        "tokens_a_trace": sum(tokens) / len(tokens) if tokens else None,
        "entailed": entailed[Status.ENTAILED.value],
        "statuses": dict(entailed),
    }


def sources(data: Path, limit: int | None) -> list[Chains]:
    """Gold chains, and chains that models wrote."""
    gold = ProofWriter().load(str(data / "logic" / "proofwriter_owa_d5_dev.jsonl"))
    told = ProofWriter(problems=str(data / "logic" / "proofwriter_owa_d5_dev.jsonl"))
    recorded = told.load(str(data / "logic" / "proofwriter_llm_cot.jsonl"))
    return [
        Chains("ProofWriter D5 dev, gold chains", spread((t for item in gold for t in item.traces), limit)),
        Chains("ProofWriter D5 dev, models' chains", spread((t for item in recorded for t in item.traces), limit)),
    ]


def main() -> None:
    """Measure, print, write."""
    args, started = parser(__doc__, limit=60, unit="chains of each kind").parse_args(), time.perf_counter()
    found: dict[str, dict[str, Any]] = {}
    rows = []
    for chains in sources(args.data, args.limit):
        figures = found[chains.name] = {name: measured(chains, reading) for name, reading in MODES.items()}
        base = figures["all by the model"]["calls_a_step"]
        for name, each in figures.items():
            saved = f"{100 * (1 - each['calls_a_step'] / base):.0f} %" if base else ""
            rows.append(
                (
                    chains.name,
                    name,
                    f"{each['traces']:,}",
                    f"{each['steps']:,}",
                    f"{each['entailed']:,}",
                    f"{each['calls_a_step']:.2f}",
                    f"{each['tokens_a_trace']:,.0f}",
                    saved,
                )
            )
    head = ("chains", "formalised", "traces", "steps", "entailed", "calls a step", "tokens a trace", "calls saved")
    finish("formaliser_cost", found, [table("What a formaliser's model is asked", head, rows)], args.out, started)


if __name__ == "__main__":
    main()
