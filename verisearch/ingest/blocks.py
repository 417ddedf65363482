"""Finds the blocks of a text: paragraphs, list items, headings; with the numbers they are written under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from verisearch.ingest.marks import FENCE, HEADING, RULE, Item, item_at, lead_at, step_label_at
from verisearch.ingest.sentences import strip

__all__ = ["Block", "scan"]

#: Spaces by which an item must stand in to belong to the one above.
NESTING = 2


class Block(NamedTuple):
    """What is said in one paragraph, item or heading, without its list mark; ``label`` is its written number."""

    start: int
    end: int
    label: str | None


class Level(NamedTuple):
    """An open list item, or a "Step 3: …" that bullets may follow (its number doesn't go before theirs)."""

    indent: int
    label: str | None
    numbered: bool
    step: bool = False


def scan(text: str, start: int, end: int) -> Iterator[Block]:
    """The blocks of ``text[start:end]`` in order. Everything but marks ends up in one."""
    scanner = Scanner(text)
    while start <= end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        scanner.line(start, stop)
        yield from scanner.take()
        start = stop + 1
    scanner.close()
    scanner.flush_label()
    yield from scanner.take()


class Scanner:
    """Reads line by line. Finished blocks wait in ``done``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done: list[Block] = []
        self.open: Block | None = None
        self.levels: list[Level] = []
        self.after_blank = True
        self.in_code = False
        #: A "Step 3:" that stood alone labels what follows; ``unused`` until something does.
        self.heading: str | None = None
        self.unused: Block | None = None

    def take(self) -> list[Block]:
        """The finished blocks, in order."""
        done, self.done = self.done, []
        return done

    def close(self) -> None:
        """End the open paragraph."""
        if self.open:
            self.done.append(self.open)
            self.open = None

    def flush_label(self) -> None:
        """A lone "Step 3:" that labelled nothing is a heading of its own."""
        if self.unused:
            self.done.append(self.unused)
            self.unused = None

    def line(self, start: int, end: int) -> None:
        """Read the line ``text[start:end]``."""
        first, last = strip(self.text, start, end)
        if first == last:
            self.close()
            self.after_blank = True
            return
        if FENCE.fullmatch(self.text, first, last):
            self.close()
            self.in_code = not self.in_code
        elif self.in_code:
            self.begin(first, last)
            self.close()
        elif RULE.fullmatch(self.text, first, last):
            self.close()
        else:
            self.content(first, last, indent(self.text, start, first))
        self.after_blank = False

    def content(self, first: int, last: int, column: int) -> None:
        """Read a line that says something."""
        quoted = False
        while self.text.startswith(">", first, last):
            quoted = True
            first, last = strip(self.text, first + 1, last)
        heading = HEADING.match(self.text, first, last)
        if first == last:
            self.close()
        elif heading:
            self.levels.clear()
            self.heading = None
            self.labelled(heading.end(), last, None)
            self.heading = self.heading or (self.open.label if self.open else None)
            self.close()
        else:
            self.prose(first, last, column, quoted)

    def prose(self, first: int, last: int, column: int, quoted: bool) -> None:
        """Read a list item, a labelled line, the start of a paragraph or its next line."""
        item = item_at(self.text, first, last)
        if item:
            self.labelled(item.start, last, self.push(item, column))
        elif step_label_at(self.text, first, last):
            self.labelled(first, last, None)
            self.levels = [Level(column, self.open.label, True, True)] if self.open else []
        elif self.open and not quoted and not lead_at(self.text, first, last):
            self.open = self.open._replace(end=last)
        else:
            self.paragraph(first, last, column)
        if quoted:
            self.close()

    def paragraph(self, first: int, last: int, column: int) -> None:
        """Start a paragraph. Behind a blank line, or with a heading of its own ("Answer: B"), it belongs to an item
        above only if it stands in."""
        if self.after_blank or self.open:
            self.levels = [level for level in self.levels if level.indent + NESTING <= column]
        self.begin(first, last, self.levels[-1].label if self.levels else None)

    def push(self, item: Item, column: int) -> str | None:
        """Open a list item; what it is written under, with the item above it."""

        def encloses(level: Level) -> bool:
            if level.indent + NESTING <= column:
                return True
            # "1. We know:" with bullets right below, not indented.
            return item.number is None and level.numbered and level.indent <= column and not self.after_blank

        while self.levels and not encloses(self.levels[-1]):
            self.levels.pop()
        above = self.levels[-1] if self.levels else None
        label = above.label if above else None
        if item.number is not None:
            nested = label is not None and above is not None and not above.step and "." not in item.number
            label = f"{label}.{item.number}" if nested else item.number
        self.levels.append(Level(column, label, item.number is not None))
        return label

    def labelled(self, first: int, last: int, label: str | None) -> None:
        """Start a block that may begin with "Step 3:"."""
        self.close()
        mark = step_label_at(self.text, first, last)
        if mark is None:
            self.begin(first, last, label)
        elif mark.start < last:
            # What follows "Step 3: …" belongs to it; what follows "Rule 3: …" doesn't.
            self.heading = mark.number if mark.number and mark.number[0].isdigit() else None
            self.begin(mark.start, last, mark.number)
        else:
            self.flush_label()
            self.heading = mark.number
            self.unused = Block(first, last, mark.number)

    def begin(self, first: int, last: int, label: str | None = None) -> None:
        """Start a block."""
        self.close()
        label = label or self.heading
        if self.unused and label != self.unused.label:
            self.flush_label()
        self.unused = None
        self.open = Block(first, last, label)


def indent(text: str, start: int, first: int) -> int:
    """Columns before ``first``; a tab counts four."""
    return sum(4 if character == "\t" else 1 for character in text[start:first])
