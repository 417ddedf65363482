"""One self-contained HTML page about one search: its tree, every node a step, and the chosen chain.

What `verisearch.report.html` says of untrusted text and of the network holds here too.
"""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from verisearch.report.branches import write_tree
from verisearch.report.html import TRACE_SCRIPTS, embeddable, make_page, plain_text
from verisearch.report.rounds import key_of, rounds_view
from verisearch.report.searched import Searched
from verisearch.report.searchtree import Judged, SearchTree, TreeNode
from verisearch.report.text import counted, one_line, visible
from verisearch.report.view import trace_view
from verisearch.report.words import leap_phrase

__all__ = ["render_search", "search_view"]

SCRIPTS = (*TRACE_SCRIPTS, "treemap.js", "outline.js", "search.js")
STYLES = ("page.css", "search.css")


def render_search(searched: Searched, title: str = "A search, step by step") -> str:
    """The page, as text to be written in UTF-8. Raises `InputError` for events that no search makes."""
    tree = grown(searched)
    verdict = searched.verdict
    return make_page(
        "search.html",
        SCRIPTS,
        STYLES,
        title=title,
        plain=[plain_tree(tree), *([plain_text(verdict)] if verdict is not None else ())],
        asked=one_line(searched.asked),
        name=one_line(searched.problem.id),
        status=searched.status,
        outcome=outcome(searched, tree),
        notes=[visible(note) for note in searched.notes],
        facts=[(name, visible(value)) for name, value in facts(searched, tree)],
        rounds=rounds_view(tree),
        search=embeddable(search_view(searched, tree)),
        blocks=[embeddable(trace_view(verdict, 1))] if verdict is not None else [],
    )


def grown(searched: Searched) -> SearchTree:
    """The tree, its chosen chain marked: by the record's word, else as the chain whose text was chosen."""
    tree = SearchTree(searched.events)
    if tree.chosen is None and searched.written:
        for node in tree.nodes.values():
            if node.end == len(searched.written) and node.written == searched.written:
                tree.add({"choice": list(node.path)})
                break
    if not tree.ended:
        tree.add({"choice": None})
    return tree


def plain_tree(tree: SearchTree) -> str:
    """The tree as text, for readers whose browser runs no scripts."""
    out = io.StringIO()
    write_tree(Console(file=out, width=140, force_terminal=False, color_system=None), tree)
    return out.getvalue()


# --- words ------------------------------------------------------------------------------------------------------
def outcome(searched: Searched, tree: SearchTree) -> list[str]:
    """What came of the search, a sentence each."""
    if searched.error is not None:
        return [f"No answer: {visible(searched.error)}."]
    if searched.abstained:
        chain = (
            "" if searched.withheld is None else f" The chain's own, {one_line(searched.withheld, 200)}, is withheld."
        )
        return [f"Abstained: no answer is given.{chain}"]
    verified = "verified" if searched.verified else "not verified"
    given = f"Answer: {one_line(searched.answer, 200)}" if searched.answer is not None else "No final answer"
    found = [f"{given}, {verified}."]
    if searched.correct is not None:
        gold = one_line(searched.problem.gold or "", 200)
        found.append("The gold answer is the same." if searched.correct else f"The gold answer is {gold}.")
    if tree.chosen is not None:
        steps = sum(not node.anew for node in tree.chosen.lineage())
        found.append(f"The chosen chain has {steps} of the {counted(len(tree), 'step')} drawn.")
    return found


def facts(searched: Searched, tree: SearchTree) -> list[tuple[str, str]]:
    """Name and value of what the search was told, allowed, and cost."""
    settings, usage = searched.settings, searched.usage
    budget = settings.get("budget") or {}
    rows, last = [("strategy", searched.strategy)], []
    if searched.policy:
        rows.append(("policy", searched.policy))
    if settings:
        own = settings.get("settings") or {}
        shown = {name: value for name, value in own.items() if name not in ("watch", "verifier", "type")}
        rows.append(("verifier", str(settings.get("verifier") or own.get("verifier") or "")))
        rows.append(("seed", str(settings.get("seed"))))
        last = [("settings", ", ".join(f"{name} {told(value)}" for name, value in shown.items()))]
    tokens = f"{usage.get('generated_tokens', 0):,}{of_budget(budget.get('tokens'))}"
    rows.append(("tokens written", f"{tokens}, {usage.get('discarded_tokens', 0):,} of them discarded"))
    read = f"{usage.get('prompt_tokens', 0):,}"
    if "cached_tokens" in usage:
        read += f", {usage['cached_tokens']:,} of them from the cache"
    rows.append(("tokens read", read))
    rows.append(("verifier calls", f"{usage.get('verifier_calls', 0):,}{of_budget(budget.get('verifier_calls'))}"))
    rows.append(("solver calls", f"{usage.get('solver_calls', 0):,}"))
    others = {name: limit for name, limit in budget.items() if name not in ("tokens", "verifier_calls")}
    rows += [(f"budget: {name}", told(limit)) for name, limit in others.items() if limit is not None]
    whole = sum(node.whole for node in tree.nodes.values())
    rows.append(("tree", f"{counted(len(tree), 'step')}, {counted(whole, 'whole chain')}"))
    if tree.failures:
        rows.append(("failed", "; ".join(one_line(each, 120) for each in tree.failures[:3]) + more(tree.failures, 3)))
    return rows + last


def of_budget(limit: int | None) -> str:
    return f" of {limit:,} allowed" if limit is not None else " (no limit)"


def more(items: list[str], shown: int) -> str:
    return f" and {len(items) - shown} more" if len(items) > shown else ""


def told(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "/".join(map(str, value)) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value).lower()


# --- data -------------------------------------------------------------------------------------------------------
def search_view(searched: Searched, tree: SearchTree) -> dict[str, Any]:
    """Plain data for the page's script: ``context`` (sentences) and ``nodes``, in the order in which the outline lists
    them, each with the place of its parent (-1: the start) and its place in the drawing (``depth`` from 1, ``row`` from
    0); ``number`` counts in the chain, which may have begun anew behind another."""
    order = [node for node, _ in tree.walk()]
    place = {node.path: number for number, node in enumerate(order)}
    rows, sizes = drawn_rows(tree), tree.sizes()
    nodes = []
    for node in order:
        assert node.parent is not None
        nodes.append(
            {
                **node_view(tree, node),
                "parent": place.get(node.path[:-1], -1),
                "row": rows[node.path],
                "below": sizes[node.path] - 1,
                "main": tree.main_child(node.parent) is node,
            }
        )
    return {"context": [sentence.text for sentence in searched.problem.context], "nodes": nodes}


def node_view(tree: SearchTree, node: TreeNode) -> dict[str, Any]:
    status = node.status
    return {
        "key": key_of(node),
        "depth": len(node.path),
        "number": sum(not each.anew for each in node.lineage()),
        "anew": node.anew,
        "asked": node.asked,
        "draw": node.path[-1] + 1,
        "text": node.text.strip("\n"),
        "status": status.value if status is not None else "",
        "leap": node.leap,
        "rated": node.rated,
        "score": node.score,
        "why": node.reason,
        "steps": [judged_view(node, node.steps[start]) for start in sorted(node.steps)],
        "answer": judged_view(node, node.answer) if node.answer is not None else None,
        "tokens": node.tokens,
        "finish": node.finish or "",
        "verified": node.verified,
        "chosen": tree.on_chain(node),
        "did": node.did,
    }


def judged_view(node: TreeNode, judged: Judged) -> dict[str, Any]:
    return {
        "text": judged.given or node.text[max(0, judged.start - node.start) : max(0, judged.end - node.start)],
        "status": judged.status.value,
        "leap": leap_phrase(judged.leap),
        "premises": list(judged.premises),
        "granted": judged.granted,
        "reason": judged.reason,
    }


def drawn_rows(tree: SearchTree) -> dict[tuple[int, ...], int]:
    """The row of each node in the drawing, where depth runs to the right: the child that carries a line on stays in its
    row, so that a chain is straight and the chosen one on top; side branches follow below, the deepest ones first, so
    that no line crosses another."""
    rows: dict[tuple[int, ...], int] = {(): 0}
    following = 0
    starts = [tree.root]
    while starts:
        node: TreeNode | None = starts.pop()
        row, sides = following, []
        following += 1
        while node is not None:
            rows[node.path] = row
            main = tree.main_child(node)
            sides += [child for child in reversed(node.children) if child is not main]
            node = main
        starts += sides  # the last one, the first of the deepest node's, is next
    return rows
