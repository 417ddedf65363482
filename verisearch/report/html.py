"""One self-contained HTML page about one trace or many.

Everything is inline: style, script and data; the page asks the network for nothing. All text of a trace is
untrusted. It reaches the page in two ways only: escaped by the template, or as JSON that can't end its element and
that the script shows as text. A content security policy allows the page's own script and style, by their hashes,
and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup
from rich.console import Console

from verisearch.errors import InputError
from verisearch.report import terminal
from verisearch.report.text import counted, visible
from verisearch.report.view import index_row, trace_view
from verisearch.report.words import STATUSES, TRACE_STATUSES
from verisearch.verdict import TraceVerdict

__all__ = ["embeddable", "make_page", "plain_text", "read_back", "render"]

#: The scripts that show one trace, in the order they build on each other.
TRACE_SCRIPTS = ("dom.js", "theme.js", "drawing.js", "details.js", "trace.js", "printing.js")
#: The script of the page of traces.
SCRIPTS = (*TRACE_SCRIPTS, "page.js")
STYLES = ("page.css",)

DATA = re.compile(r'<script type="application/json" id="data-\d+">(.*?)</script>', re.DOTALL)


def render(verdicts: TraceVerdict | Sequence[TraceVerdict], title: str = "Reasoning, checked step by step") -> str:
    """The page, as text to be written in UTF-8. Several verdicts get an index; one is shown at once."""
    many = [verdicts] if isinstance(verdicts, TraceVerdict) else list(verdicts)
    return make_page(
        "page.html",
        SCRIPTS,
        STYLES,
        title=title,
        rows=[index_row(verdict, number) for number, verdict in enumerate(many, start=1)],
        blocks=[embeddable(trace_view(verdict, number)) for number, verdict in enumerate(many, start=1)],
        summary=summary(many),
        plain=[plain_text(verdict) for verdict in many],
        tally=Counter(verdict.status.value for verdict in many),
    )


def make_page(page: str, scripts: Sequence[str], styles: Sequence[str], *, title: str, **values: Any) -> str:
    """The template ``page`` filled in, with its scripts and styles inside and the policy that allows these alone."""
    return filled(
        page,
        styles,
        bundle(tuple(scripts)),
        title=title,
        statuses={status.value: words._asdict() for status, words in STATUSES.items()},
        trace_statuses={status.value: meaning for status, meaning in TRACE_STATUSES.items()},
        words=embeddable({status.value: [words.word, words.meaning] for status, words in STATUSES.items()}),
        **values,
    )


def filled(page: str, styles: Sequence[str], script: str | None = None, *, title: str, **values: Any) -> str:
    """The template ``page`` filled in, as text to be written in UTF-8: with its styles inside, its script if it has
    one, and the policy that allows these alone."""
    style = "".join(map(asset, styles))
    text = template(page).render(
        title=visible(title),
        policy=policy(style, script),
        style=Markup(style),
        script=Markup(script or ""),
        **values,
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def read_back(page: str) -> list[TraceVerdict]:
    """The verdicts that a page made by `render` holds. Raises `InputError` if it holds something else."""
    found = []
    for number, block in enumerate(DATA.findall(page), start=1):
        try:
            found.append(msgspec.convert(json.loads(block)["verdict"], TraceVerdict))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"trace {number} of the page holds no verdict ({error}); was the page edited?") from error
    return found


def plain_text(verdict: TraceVerdict) -> str:
    """The terminal's report, for readers whose browser runs no scripts."""
    out = io.StringIO()
    terminal.render(Console(file=out, width=96, force_terminal=False, color_system=None), verdict)
    return out.getvalue()


def summary(verdicts: Sequence[TraceVerdict]) -> str:
    """``8 traces, 3 of them verified``; ``, 1 of these modulo commonsense`` where that is so."""
    verified = [verdict for verdict in verdicts if verdict.verified]
    granting = sum(bool(verdict.commonsense) for verdict in verified)
    modulo = f", {granting} of these modulo commonsense" if granting else ""
    return f"{counted(len(verdicts), 'trace')}, {len(verified) or 'none'} of them verified{modulo}"


def embeddable(data: Any) -> Markup:
    """``data`` as JSON that is safe inside a script element: ASCII, without ``<``, ``>`` and ``&``."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def policy(style: str, script: str | None = None) -> str:
    """The content security policy: this style, this script if there is one, images from data, nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{digest(style)}'",
            f"script-src '{digest(script)}'" if script is not None else "script-src 'none'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def asset(name: str) -> str:
    """A file that is installed beside this module."""
    return files("verisearch.report").joinpath(name).read_text(encoding="utf-8")


@cache
def bundle(scripts: tuple[str, ...]) -> str:
    """The whole script, in a scope of its own."""
    return '"use strict";\n{\n' + "\n".join(map(asset, scripts)) + "}\n"


@cache
def template(name: str) -> jinja2.Template:
    """A page's template that is installed beside this module."""
    loader = jinja2.FunctionLoader(asset)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(name)
