"""Which clauses a theory has, and which premises state them.

A chain restates its context all the time. Each clause is kept once, whoever states it, so that a restatement changes
nothing that was derived; who is named as its source is chosen when a derivation is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from verisearch.logic.formula import Formula
from verisearch.symbolic.horn import Clause, Lit, NotHorn, clauses_of
from verisearch.symbolic.theory import Entry, Inexpressible

__all__ = ["ClauseBase", "horn"]

Key = tuple[frozenset[Lit], Lit]
cached_clauses = lru_cache(maxsize=1 << 15)(clauses_of)


def horn(formula: Formula) -> tuple[Clause, ...]:
    """Horn clauses of ``formula``. Raises `Inexpressible`."""
    try:
        return cached_clauses(formula)
    except NotHorn as error:
        raise Inexpressible(str(error)) from None


def key_of(clause: Clause) -> Key:
    """Equal for clauses that say the same in another order."""
    return frozenset(clause.body), clause.head


class ClauseBase:
    """Numbered clauses, each with the entries that state it."""

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self.numbers: dict[Key, int] = {}
        self.stated_by: list[list[Entry]] = []
        self.of_entry: dict[int, tuple[int, ...]] = {}
        self.entries: dict[int, Entry] = {}

    def add(self, entry: Entry) -> bool:
        """Take the clauses of ``entry``; whether any is new. Raises `Inexpressible`, then nothing is taken."""
        clauses = horn(entry.formula)
        before = len(self.clauses)
        numbers = []
        for clause in clauses:
            number = self.numbers.setdefault(key_of(clause), len(self.clauses))
            if number == len(self.clauses):
                self.clauses.append(clause)
                self.stated_by.append([])
            self.stated_by[number].append(entry)
            numbers.append(number)
        self.of_entry[entry.number] = tuple(numbers)
        self.entries[entry.number] = entry
        return len(self.clauses) > before

    def labelled(self, only: Iterable[int] | None = None) -> list[tuple[int, Clause]]:
        """Clauses with their numbers: all, or those of the entries with the numbers ``only``."""
        if only is None:
            return list(enumerate(self.clauses))
        chosen = dict.fromkeys(number for entry in only for number in self.of_entry[entry])
        return [(number, self.clauses[number]) for number in chosen]

    def first_statements(self, numbers: Iterable[int]) -> list[Entry]:
        """The entries that first stated what the entries with those numbers state: the solver knows them already."""
        clauses = (clause for number in numbers for clause in self.of_entry[number])
        return list({entry.number: entry for entry in (self.stated_by[clause][0] for clause in clauses)}.values())

    def source(self, number: int) -> Entry:
        """Who is named for a clause: the nearest step that states it, else the first context sentence."""
        last = self.stated_by[number][-1]
        return last if last.source == "step" else self.stated_by[number][0]

    def stating(self, formula: Formula) -> Entry | None:
        """The premise that says just this: a context sentence if there is one, else the nearest step."""
        numbers = [self.numbers.get(key_of(clause), -1) for clause in horn(formula)]
        if -1 in numbers:
            return None
        wanted = set(numbers)
        found = [entry for entry in self.stated_by[numbers[0]] if wanted <= set(self.of_entry[entry.number])]
        if not found:
            return None
        return found[0] if found[0].source == "context" else found[-1]
