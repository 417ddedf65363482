"""Makes ``examples/benefit.sqlite``: the calls of a formaliser's model for ``examples/benefit.txt``, with replies that
we wrote by hand, so that the whole path can be seen without any model.

    python tests/formalising/example_recording.py

A recording is found by what was asked; it is made anew whenever a prompt template changes.
"""

from __future__ import annotations

import re
from pathlib import Path

from verisearch.ingest.reader import read_traces
from verisearch.policies import check_request
from verisearch.protocols import Draw, Failure, Reply, Request
from verisearch.runtime.calls import CallStore
from verisearch.runtime.responding import PolicyResponder
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.usage import Usage
from verisearch.verdict import TraceVerdict

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TRACE, RECORDING = EXAMPLES / "benefit.txt", EXAMPLES / "benefit.sqlite"

#: What a text is, once it can be said.
FORMULAS = {
    "Charlie was born in 2005.": "(assert (= (birth_year charlie) 2005))",
    "Charlie lives with Bob, who is his parent.": "(assert (and (lives_with charlie bob) (parent bob charlie)))",
    "Whoever is under 21 years old and lives with a parent is entitled to the benefit.": (
        "(assert (forall ((x Person) (y Int)) (=> (and (< (age x y) 21) (exists ((p Person)) "
        "(and (parent p x) (lives_with x p)))) (entitled x y))))"
    ),
    "Charlie is entitled to the benefit in 2025.": "(assert (entitled charlie 2025))",
    "Charlie was born in 2005 and lives with his parent Bob.": (
        "; Charlie was born in 2005\n(assert (= (birth_year charlie) 2005))\n"
        "; lives with his parent Bob\n(assert (and (lives_with charlie bob) (parent bob charlie)))"
    ),
    "So Charlie is at most 20 years old in 2025.": "(assert (<= (age charlie 2025) 20))",
    "Therefore Charlie is entitled to the benefit in 2025.": "(assert (entitled charlie 2025))",
    "A person's age in a year is at most that year minus the year of birth.": (
        "(assert (forall ((x Person) (y Int)) (<= (age x y) (- y (birth_year x)))))"
    ),
}
FORMULAS["Whoever is under 21 and lives with a parent is entitled to the benefit."] = FORMULAS[
    "Whoever is under 21 years old and lives with a parent is entitled to the benefit."
]

#: The symbols, in the order in which they are lacking.
SYMBOLS = {
    "Person": "(declare-sort Person 0) ; people",
    "charlie": "(declare-const charlie Person) ; Charlie",
    "bob": "(declare-const bob Person) ; Bob",
    "entitled": "(declare-fun entitled (Person Int) Bool) ; {0} is entitled to the benefit in {1}",
    "birth_year": "(declare-fun birth_year (Person) Int) ; the year in which {0} was born",
    "lives_with": "(declare-fun lives_with (Person Person) Bool) ; {0} lives with {1}",
    "parent": "(declare-fun parent (Person Person) Bool) ; {0} is a parent of {1}",
    "age": "(declare-fun age (Person Int) Int) ; the age of {0} in {1}",
}

#: The premises that a step is said to rest on.
PREMISES = {
    "Charlie was born in 2005": 'context: "Charlie was born in 2005."',
    "lives with his parent Bob": 'context: "Charlie lives with Bob, who is his parent."',
    "So Charlie is at most 20 years old in 2025.": (
        "commonsense: A person's age in a year is at most that year minus the year of birth."
    ),
    "Whoever is under 21 and lives with a parent is entitled to the benefit.": (
        'context: "Whoever is under 21 years old and lives with a parent is entitled to the benefit."'
    ),
}

SEALED = re.compile(r"(?:Text|Step): <data (\w+)>(.*?)</data \1>", re.DOTALL)


class HandWritten:
    """A policy whose replies are written down above."""

    name = "written-by-hand"
    capabilities = frozenset({"chat"})

    def __init__(self) -> None:
        self.ready: list[tuple[int, Reply | Failure]] = []
        self.tickets = 0

    def submit(self, request: Request) -> int:
        check_request(request)
        self.tickets += 1
        reply = self.reply(request.prefix.messages[0].content, request.prefix.messages[-1].content)
        tokens = sum(len(message.content) for message in request.prefix.messages) // 4
        usage = Usage(prompt_tokens=tokens, generated_tokens=len(reply) // 4)
        self.ready.append((self.tickets, Reply(draws=(Draw(text=reply, finish="end"),), usage=usage)))
        return self.tickets

    def reply(self, system: str, asked: str) -> str:
        found = SEALED.search(asked)
        assert found is not None, asked
        if "does not follow from what was accepted" in system:
            return PREMISES[found[2]]
        formula = FORMULAS[found[2]]
        used = [line for name, line in SYMBOLS.items() if name == "Person" or re.search(rf"\b{name}\b", formula)]
        lacking = [line for line in used if line.partition(" ;")[0] not in asked]
        if "You choose symbols" in system:
            return "\n".join(lacking)
        return f"; cannot: no symbol for {lacking[0].split()[1]}" if lacking else formula

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        ready, self.ready = self.ready, []
        return ready

    def cancel(self, ticket: int) -> None:
        pass

    def close(self) -> None:
        pass


def checked(model: PolicyResponder) -> TraceVerdict:
    """The verdict on the example."""
    (trace,) = read_traces(TRACE)
    return verify_trace(trace, CheckOptions(formaliser="llm", logic="classical"), model=model)


def main() -> None:
    """Make the recording anew."""
    RECORDING.unlink(missing_ok=True)
    with CallStore(RECORDING) as store:
        found = checked(PolicyResponder(HandWritten(), store=store))
        print(f"{found.status.value}: {len(store)} calls in {RECORDING}")


if __name__ == "__main__":
    main()
