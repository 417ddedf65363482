"""Command lines that formalise with a scripted model behind the stub server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripted_server import asked, reply_to
from stub_server import Behaviour, StubServer, serving
from worlds import rows

from verisearch.runtime.calls import CallStore

__all__ = ["ROW", "START", "about", "arguments", "fates", "formalising", "records", "row_trace", "stored", "world_rows"]

START = [sys.executable, "-c", "from verisearch.cli import main; main()"]

#: A context of one world, as text that ``verify`` reads.
ROW = """Context:
Zoë is calm. If someone is calm then they are witty. All witty people are brave.

Question: Is the following statement true, false, or unknown? Zoë is brave.

Reasoning:
1. Zoë is calm.
2. If someone is calm then they are witty.
3. So Zoë is witty.
4. All witty people are brave.
5. So Zoë is brave.
6. Zoë is not calm.
The answer is True.
"""


@contextmanager
def formalising(**behaviour: Any) -> Iterator[StubServer]:
    """A server whose model formalises."""
    with serving(Behaviour(**{"script": reply_to, "window": 60_000, **behaviour})) as server:
        yield server


def arguments(server: StubServer, *more: object, timeout: float = 20, retries: int = 4) -> list[str]:
    """The options of a command that has the server's model formalise all there is."""
    settings = {"timeout": timeout, "retries": retries, "backoff": 0.005}
    given = ["--formalizer", "llm", "--formalizer-policy", f"openai:{server.target}", "--no-mixed"]
    given += [word for name, value in settings.items() for word in ("--formalizer-set", f"{name}={value}")]
    return given + [str(each) for each in more]


def about(server: StubServer) -> list[str]:
    """What the calls that formalise are about, in the order they came; those that probe the server left out."""
    return [text for call in server.calls if (text := asked(call.body["messages"][-1]["content"]))]


def fates(server: StubServer, fate: Callable[[int], str | None]) -> None:
    """Have the calls that formalise, counted from 0, meet the faults that ``fate`` names; those that probe, none."""

    def fault_of(number: int) -> str | None:
        calls = server.calls[:number]
        own = server.calls[number] if number < len(server.calls) else None
        if own is not None and not asked(own.body["messages"][-1]["content"]):
            return None
        return fate(sum(bool(asked(call.body["messages"][-1]["content"])) for call in calls))

    server.behaviour.fault_of = fault_of


def world_rows(count: int) -> list[dict[str, Any]]:
    """Worlds with some names beyond ASCII."""
    text = json.dumps(rows(count), ensure_ascii=False)
    return list(json.loads(text.replace("Ada", "Zoë").replace("Chen", "Željko")))


def records(run: Path) -> list[dict[str, Any]]:
    """The records of a run without the tokens, as calls that failed cost some too."""
    found = [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]
    for record in found:
        record["usage"].pop("formaliser_tokens", None)
    return found


def row_trace(folder: Path) -> Path:
    path = folder / "trace.txt"
    path.write_text(ROW, encoding="utf-8")
    return path


def stored(path: Path) -> int:
    """How many calls a file of recordings holds."""
    with CallStore(path, read_only=True) as store:
        return len(store)
