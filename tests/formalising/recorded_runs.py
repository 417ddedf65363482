"""Chains that a scripted policy formalises, for tests of recordings; as a program, a run that dies on the way."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from verisearch.errors import PolicyError
from verisearch.ingest.reader import read_problem
from verisearch.protocols import Failure, Message, Reply, Request
from verisearch.runtime.calls import CallStore
from verisearch.runtime.jobs import Result, VerifyJob
from verisearch.runtime.pool import Pool
from verisearch.runtime.responding import PolicyResponder
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Step, Trace
from verisearch.usage import Usage
from verisearch.verdict import TraceVerdict

sys.path.append(str(Path(__file__).parent.parent / "generation"))
from scripted import ScriptedPolicy

__all__ = ["JOBS", "JUDGED", "Formalising", "bare", "jobs", "judging", "replies", "run", "step_reasons"]

CONTEXT = "Whoever bakes for Olga is invited. Carl bakes for Olga. Dora bakes for Olga."
RULE = "(assert (forall ((x Person)) (=> (bakes_for x olga) (invited x))))"
PEOPLE = "(declare-sort Person 0)\n(declare-const olga Person) ; Olga\n"
BAKES = "(declare-fun bakes_for (Person Person) Bool) ; {0} bakes for {1}\n"
INVITED = "(declare-fun invited (Person) Bool) ; {0} is invited\n"


def person(name: str) -> str:
    return f"(declare-const {name} Person) ; {name.capitalize()}\n"


#: What each text needs declared, and its formula.
SAID = {"Whoever bakes for Olga is invited": (PEOPLE + BAKES + INVITED, RULE)}
for each in ("carl", "dora"):
    name = each.capitalize()
    SAID |= {
        f"{name} bakes for Olga": (PEOPLE + BAKES + person(each), f"(assert (bakes_for {each} olga))"),
        f"{name} is invited": (PEOPLE + INVITED + person(each), f"(assert (invited {each}))"),
    }
TEXT = re.compile(r"Text: <data \w+>(.*?)</data")
STEP = re.compile(r"Step: <data \w+>(.*?)</data")
DECLARED = re.compile(r"\(declare-\w+ (\w+)")


def replies(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """What a careful model replies to a prompt of the package."""
    system, asked = messages[0].content, messages[-1].content
    if system.startswith("You judge"):
        return "5"
    if "Name the premises" in system:
        quoted = "Whoever bakes for Olga is invited." if "invited" in STEP.search(asked)[1] else STEP.search(asked)[1]  # type: ignore[index]
        return f'context: "{quoted}"'
    found = TEXT.search(asked)
    declarations, formula = SAID[found[1].removeprefix("So ").rstrip(".") if found else ""]
    if system.startswith("You choose symbols"):
        return declarations
    return formula if set(DECLARED.findall(declarations)) <= set(DECLARED.findall(asked)) else "; cannot: lacking"


def judging(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """What a judge replies; it is asked nothing else."""
    assert messages[0].content.startswith("You judge")
    return "4"


class Formalising(ScriptedPolicy):
    """Replies as `replies` does. ``before(n)`` is called before the n-th request is taken; it may do harm. From request
    ``fails`` on, all come back as failures of the kind ``kind``, or (``broken``) the policy breaks down."""

    def __init__(
        self,
        script: Callable[[tuple[Message, ...], str, int], str] = replies,
        *,
        name: str = "scripted",
        before: Callable[[int], None] = lambda number: None,
        fails: int | None = None,
        kind: str = "failed",
        broken: bool = False,
    ) -> None:
        super().__init__(script)
        self.name, self.before, self.fails, self.kind, self.broken = name, before, fails, kind, broken

    def submit(self, request: Request) -> int:
        self.before(len(self.requests))
        return super().submit(request)

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        if self.fails is None or not self.waiting or min(self.waiting) < self.fails:
            return super().poll(timeout)
        if self.broken:
            self.waiting.clear()
            raise PolicyError("the model is gone")
        ticket = min(self.waiting)
        del self.waiting[ticket]
        return [(ticket, Failure(kind=self.kind, message="no reply today"))]  # type: ignore[arg-type]


ALONE = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(mixed=False))
JUDGED = CheckOptions(formaliser="llm", logic="classical", reading=ReadingOptions(mixed=False, judge=True))


def jobs(options: CheckOptions = ALONE, *names: str) -> list[VerifyJob]:
    """One chain about each of the names."""
    made = []
    for name in names or ("Carl", "Dora"):
        texts = (f"{name} bakes for Olga.", f"So {name} is invited.")
        steps = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(texts))
        problem = read_problem(CONTEXT, statement=f"{name} is invited.")
        made.append(VerifyJob(id=name, trace=Trace(problem=problem, steps=steps, answer="True"), options=options))
    return made


JOBS = jobs()


def run(responder: PolicyResponder, given: list[VerifyJob] | None = None, workers: int = 2) -> list[Result]:
    """What a pool makes of chains."""
    with Pool(workers, model=responder) as pool:
        return list(pool.run(JOBS if given is None else given))


def bare(result: Result) -> TraceVerdict:
    """A verdict without what it cost: a solver's effort also depends on what it did before."""
    assert result.verdict is not None, result.error
    steps = tuple(msgspec.structs.replace(step, solver_effort=0) for step in result.verdict.steps)
    return msgspec.structs.replace(result.verdict, steps=steps, usage=Usage())


def step_reasons(result: Result) -> list[tuple[str, str]]:
    """Each step's status and the reasons for it."""
    assert result.verdict is not None, result.error
    return [(step.status.value, "; ".join(claim.reason for claim in step.claims)) for step in result.verdict.steps]


def main(path: str, last: int) -> None:
    """A run that dies before request ``last``."""

    def before(number: int) -> None:
        if number == last:
            os._exit(9)

    run(PolicyResponder(Formalising(before=before), store=CallStore(path)), workers=1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
