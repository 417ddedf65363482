"""Steps written in SMT-LIB by a language model, along a grammar and without one: how many can be read.

The steps are sentences of ProofWriter and FOLIO, half of each. A problem's vocabulary is that of its sentences, as the
English reader or the gold formulas have it. The model is asked with the declarations, an example and the sentence; with
the grammar its reply can only be an assertion over that vocabulary behind a comment, or the line that says it can't be
said. What it says may still be wrong: this counts syntax and sorts.

    python benchmarks/constrained.py
    python benchmarks/constrained.py --policy smollm2 --tokens 96
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from common import finish, parser, progress, share, spread, table

from verisearch.errors import InputError, ParseError, SignatureError
from verisearch.evaluation.datasets import Folio, ProofWriter
from verisearch.logic.english.reader import read_sentence
from verisearch.logic.fol_reader import parse_formulas
from verisearch.logic.smtlib_grammar import CANNOT, assertions_grammar
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.smtlib_syntax import read_expressions
from verisearch.logic.smtlib_writer import declarations
from verisearch.logic.vocabulary import Vocabulary
from verisearch.policies import open_policy
from verisearch.protocols import Failure, Message, Policy, Prefix, Reply, Request, Sampling

FILES = {"proofwriter": "logic/proofwriter_owa_d5_dev.jsonl", "folio": "logic/folio_v0_validation.jsonl"}

PROMPT = """Write the last sentence in SMT-LIB, with the declared names only: a comment with a few words of it, and
below it one assertion. If these names can't say it, write "; cannot: " and why.

(declare-sort Person 0)
(declare-fun tall (Person) Bool)
(declare-fun sad (Person) Bool)
(declare-fun Anne () Person)

All tall people are sad.

; all tall people are sad
(assert (forall ((?x1 Person)) (=> (tall ?x1) (sad ?x1))))

{declared}

{sentence}
"""


@dataclass(frozen=True)
class Step:
    """A sentence to be written, and the vocabulary of its problem."""

    source: str
    problem: str
    sentence: str
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Written:
    """What became of a step. ``parses``: the reply is one or more assertions and nothing else, or says that it can't
    be said; ``reads``: it is also well-sorted over the vocabulary."""

    source: str
    problem: str
    sentence: str
    text: str
    finish: str
    tokens: int
    submit: float
    complete: bool = False
    cannot: bool = False
    parses: bool = False
    reads: bool = False
    fault: str = ""


# --- the steps --------------------------------------------------------------------------------------------------
def proofwriter_steps(path: Path) -> Iterator[Step]:
    for item in ProofWriter().load(str(path)):
        problem = item.problem
        texts = [sentence.text for sentence in problem.context]
        texts += [problem.statement] if problem.statement else []
        vocabulary = Vocabulary()
        try:
            for text in texts:
                for signature in read_sentence(text).signatures:
                    vocabulary.declare(signature)
        except SignatureError:
            continue  # the sentences don't agree on a symbol: there is no vocabulary to give
        yield from (Step("proofwriter", problem.id, text, vocabulary) for text in texts)


def folio_steps(path: Path) -> Iterator[Step]:
    for item in Folio().load(str(path)):
        vocabulary = Vocabulary()
        try:
            for formula in parse_formulas("\n".join(item.formulas)):
                vocabulary.add(formula)
        except InputError:
            continue  # malformed gold formulas: benchmarks/folio.py counts them
        texts = [sentence.text for sentence in item.problem.context]
        texts += [item.problem.statement] if item.problem.statement else []
        yield from (Step("folio", item.problem.id, text, vocabulary) for text in texts)


def steps_of(data: Path, count: int) -> list[Step]:
    """So many steps, half of each source, evenly spread; each sentence of a story once."""
    found: list[Step] = []
    readers = {"proofwriter": proofwriter_steps, "folio": folio_steps}
    for place, (name, file) in enumerate(FILES.items()):
        path = data / file
        if not path.is_file():
            sys.exit(f"{path} is not there: name the data's folder with --data or VERISEARCH_DATA")
        different = {(step.sentence, declarations(step.vocabulary)): step for step in readers[name](path)}
        found += spread(different.values(), (count + 1 - place) // 2)
    return found


# --- asking -----------------------------------------------------------------------------------------------------
def request(step: Step, number: int, options: Any, grammar: str | None) -> Request:
    text = PROMPT.format(declared=declarations(step.vocabulary), sentence=step.sentence)
    sampling = Sampling(
        temperature=options.temperature,
        max_tokens=options.tokens,
        stop=("\n\n",),  # no string of the grammar's language holds it
        grammar=grammar,
    )
    return Request(prefix=Prefix(messages=(Message("user", text),)), sampling=sampling, seeds=(number,))


def answers(policy: Policy, requests: Sequence[Request]) -> list[tuple[Reply | Failure, float]]:
    """The answers in order, each with the seconds that it took to be submitted: a grammar is compiled there."""
    tickets: dict[int, tuple[int, float]] = {}
    for index, each in enumerate(requests):
        started = time.perf_counter()
        ticket = policy.submit(each)
        tickets[ticket] = (index, time.perf_counter() - started)
    found: dict[int, tuple[Reply | Failure, float]] = {}
    while len(found) < len(requests):
        for ticket, answer in policy.poll():
            index, seconds = tickets[ticket]
            found[index] = (answer, seconds)
    return [found[index] for index in range(len(requests))]


def judged(step: Step, answer: Reply | Failure, submit: float) -> Written:
    """What can be made of an answer."""
    told = (step.source, step.problem, step.sentence)
    if isinstance(answer, Failure):
        return Written(*told, "", answer.kind, answer.usage.generated_tokens, submit, fault=answer.message)
    (draw,) = answer.draws
    text = draw.text.strip()
    found = Written(*told, text, draw.finish, answer.usage.generated_tokens, submit, complete=draw.finish != "length")
    if text.startswith(CANNOT) and "\n" not in text:
        return replace(found, cannot=True, parses=True, reads=True)
    try:
        expressions = read_expressions(text)
        if not expressions or any(each.head != "assert" for each in expressions):
            return replace(found, fault="no assertion, or something else beside it")
        found = replace(found, parses=True)
        read_smtlib(text, step.vocabulary)
    except ParseError as error:
        return replace(found, fault=error.message)
    return replace(found, reads=True)


@dataclass(frozen=True)
class Run:
    """All steps, one way."""

    name: str
    seconds: float
    written: list[Written]


def run(policy: Policy, name: str, steps: Sequence[Step], grammars: Sequence[str | None], options: Any) -> Run:
    started = time.perf_counter()
    written: list[Written] = []
    numbered = enumerate(zip(steps, grammars, strict=True))
    lots = []
    while lot := list(islice(numbered, options.batch)):
        lots.append(lot)
    for lot in progress(lots, name):
        asked = [request(step, number, options, grammar) for number, (step, grammar) in lot]
        found = answers(policy, asked)
        written += [judged(step, answer, seconds) for (_, (step, _)), (answer, seconds) in zip(lot, found, strict=True)]
    return Run(name, time.perf_counter() - started, written)


# --- showing ----------------------------------------------------------------------------------------------------
def figures_of(name: str, written: Sequence[Written]) -> dict[str, Any]:
    complete = [each for each in written if each.complete]
    return {
        "way": name,
        "steps": len(written),
        "failed": sum(each.finish in ("refused", "failed", "cancelled") for each in written),
        "cut_off": sum(each.finish == "length" for each in written),
        "complete": len(complete),
        "complete_and_parse": sum(each.parses for each in complete),
        "complete_and_read": sum(each.reads for each in complete),
        "cannot": sum(each.cannot for each in complete),
        "tokens": sum(each.tokens for each in written),
    }


def shown(row: dict[str, Any]) -> list[object]:
    whole = row["complete"]
    return [
        row["way"],
        row["steps"],
        row["failed"],
        row["cut_off"],
        whole,
        share(row["complete_and_parse"], whole),
        share(row["complete_and_read"], whole),
        row["cannot"],
        row["tokens"],
    ]


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--policy", default="embedded", help="what open_policy takes; default embedded")
    made.add_argument("--steps", type=int, default=500, help="sentences to write, half of each source; default 500")
    made.add_argument("--tokens", type=int, default=160, help="tokens a reply may have; default 160")
    made.add_argument("--temperature", type=float, default=0.7)
    made.add_argument("--batch", type=int, default=16, help="requests at once; default 16")
    made.add_argument("--depth", type=int, default=6, help="of formulas; default 6")
    made.add_argument("--most", type=int, default=1, help="assertions a reply; default 1")
    made.add_argument("--remark", type=int, default=80, help="characters of a comment; default 80")
    made.add_argument("--texts", type=Path, help="write what was written to this file, a line a step")
    options = made.parse_args()
    started = time.perf_counter()
    steps = steps_of(options.data, options.steps if options.limit is None else min(options.steps, options.limit))
    built: list[float] = []
    grammars: list[str] = []
    for step in steps:
        begun = time.perf_counter()
        grammars.append(
            assertions_grammar(step.vocabulary, depth=options.depth, most=options.most, remark_length=options.remark)
        )
        built.append(time.perf_counter() - begun)
    policy = open_policy(options.policy)
    try:
        if "grammar" not in policy.capabilities:
            sys.exit(f"{policy.name} can't keep to a grammar; for a model in this process install verisearch[grammar]")
        runs = [
            run(policy, "with the grammar", steps, grammars, options),
            run(policy, "without", steps, [None] * len(steps), options),
        ]
    finally:
        policy.close()
    rows = [
        figures_of(f"{each.name}, {source}" if source else each.name, [
            one for one in each.written if not source or one.source == source
        ])
        for each in runs
        for source in ("", *FILES)
    ]  # fmt: skip
    pace = [
        [
            each.name,
            each.seconds / len(steps),
            1000 * median(one.submit for one in each.written),
            1000 * max(one.submit for one in each.written),
            sum(one.tokens for one in each.written) / len(steps),
        ]
        for each in runs
    ]
    sizes = [text.count("\n") for text in grammars]
    columns = ["", "steps", "failed", "cut off", "complete", "of them parse", "of them read", '"cannot"', "tokens"]
    tables = [
        table(f"Steps in SMT-LIB by {options.policy}, {options.tokens} tokens at most", columns, map(shown, rows)),
        table("Pace", ["", "s a step", "submit, ms", "longest", "tokens a step"], pace),
        table(
            "Grammars",
            ["", "median", "most"],
            [
                ["rules", median(sizes), max(sizes)],
                ["characters", median(map(len, grammars)), max(map(len, grammars))],
                ["built, ms", 1000 * median(built), 1000 * max(built)],
            ],
        ),
    ]
    figures = {
        "policy": options.policy,
        "settings": {
            name: getattr(options, name) for name in ("tokens", "temperature", "batch", "depth", "most", "remark")
        },
        "rows": rows,
        "pace": [dict(zip(("way", "step", "submit", "submit_most", "tokens"), line, strict=True)) for line in pace],
        "rules": {"median": median(sizes), "most": max(sizes)},
    }
    finish("constrained", figures, tables, options.out, started)
    if options.texts is not None:
        told = [{"way": each.name, **asdict(one)} for each in runs for one in each.written]
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told)
        options.texts.write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
