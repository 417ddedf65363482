"""The tree of a search: what events make of it, and how it is shown on a terminal."""

from __future__ import annotations

import io

import pytest
import report_samples as samples
from rich.console import Console
from search_samples import draw, kept_one_of_two, random_search, rate, step

from verisearch.errors import InputError
from verisearch.report.branches import GrowingTree, lines_of, write_tree
from verisearch.report.searchtree import SearchTree
from verisearch.report.terminal import Writer
from verisearch.verdict import Status


def console(*, terminal: bool = False, width: int = 80, height: int = 20) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    made = Console(
        file=out, width=width, height=height, force_terminal=terminal, color_system=None, legacy_windows=False
    )
    return made, out


# --- what events make -------------------------------------------------------------------------------------------
def test_nodes_carry_their_verdict_score_and_what_the_search_did() -> None:
    tree = SearchTree(kept_one_of_two())
    bad, good, end = (tree.nodes[path] for path in ((0,), (1,), (1, 0)))
    assert (bad.status, bad.score, tree.state(bad)) == (Status.CONTRADICTED, 0.0, "discarded")
    assert (good.status, good.leap, good.score, tree.state(good)) == (Status.ENTAILED, 0, 0.9, "chosen")
    assert good.did == ["accepted"]
    assert [each.premises for each in end.verdicts] == [("context 2", "step 1"), ("step 2",)]
    assert (end.label, good.label, end.whole, end.verified, end.leap) == ("2.1", "1.2", True, True, 1)
    assert end.written == "Bob is kind.\nThe answer is True."
    assert len(tree) == 3
    assert tree.chosen is end


def test_a_whole_chains_verdict_goes_to_the_steps_it_is_about() -> None:
    """Best of n scores whole chains only: the verdict of the last node tells of all before it."""
    events = [draw((0,), "One. "), draw((0, 0), "Two. Three."), draw((0, 0, 0), "", "end")]
    steps = (step(0, 4, "entailed"), step(5, 9, "ungrounded"), step(10, 16, "entailed"))
    tree = SearchTree([*events, rate((0, 0, 0), 0.3, *steps)])
    assert tree.nodes[0,].status is Status.ENTAILED
    assert [each.status for each in tree.nodes[0, 0].verdicts] == [Status.UNGROUNDED, Status.ENTAILED]
    assert tree.nodes[0, 0].status is Status.UNGROUNDED
    assert tree.nodes[0, 0, 0].status is None
    assert not tree.nodes[0, 0].rated


def test_a_step_that_was_cut_off_is_judged_anew_when_it_goes_on() -> None:
    tree = SearchTree([draw((0,), "Bob is", "length"), rate((0,), None, step(0, 6, "untranslatable"))])
    assert tree.nodes[0,].status is Status.UNTRANSLATABLE
    for event in (draw((0, 0), " kind.", "end"), rate((0, 0), 0.9, step(0, 12, "entailed"))):
        tree.add(event)
    assert tree.nodes[0,].status is Status.ENTAILED


def test_a_judges_verdicts_leave_the_scores_as_they_are() -> None:
    events = [draw((0,), "Bob is kind.", "end"), rate((0,), 0.25)]
    told = {"path": [0], "value": 1.0, "reason": "verified", "steps": [step(0, 12, "entailed")], "verified": True}
    tree = SearchTree([*events, {"judge": "symbolic", "nodes": [told]}])
    assert (tree.nodes[0,].score, tree.nodes[0,].status, tree.nodes[0,].verified) == (0.25, Status.ENTAILED, True)


def test_what_failed_is_counted_and_named() -> None:
    tree = SearchTree([{"failed": [], "kind": "failed", "message": "gone"}, {"rate": "prm", "failed": "it raised"}])
    assert tree.failures == ["a draw behind the start failed: gone", "prm could not score: it raised"]


def test_beams_are_told_from_what_was_dropped_while_the_search_goes_on() -> None:
    tree = SearchTree([draw((0,), "a\n"), draw((1,), "b\n"), draw((1, 0), "c\n")])
    assert {tree.state(node) for path, node in tree.nodes.items() if path} == {"open"}
    tree.add({"note": "keep", "path": [1], "paths": [[1]], "values": [0.5]})
    assert [tree.state(tree.nodes[path]) for path in ((0,), (1,), (1, 0))] == ["discarded", "chosen", "open"]


def test_a_plug_ins_notes_may_hold_anything() -> None:
    tree = SearchTree([draw((0,), "a\n"), {"note": "keep", "path": [0]}, {"note": "vote", "path": [0], "share": "all"}])
    assert tree.nodes[0,].did == ["keep", "vote"]


@pytest.mark.parametrize(
    "event",
    [
        {"draw": [0, 0], "text": "an orphan", "finish": "stop"},
        {"draw": [0]},
        {"rate": "x", "nodes": [{"path": [7], "value": 1, "reason": ""}]},
        {"choice": [3]},
        {"choice": 5},
    ],
)
def test_events_that_no_search_makes_are_refused_by_name(event: dict[str, object]) -> None:
    with pytest.raises(InputError, match="no event of a search"):
        SearchTree([event])


def test_a_chain_stays_on_one_level_and_side_branches_come_before_it_goes_on() -> None:
    tree = SearchTree(kept_one_of_two())
    assert [(node.label, level) for node, level in tree.walk()] == [("1.1", 1), ("1.2", 0), ("2.1", 0)]
    big = SearchTree(random_search(600))
    levels = {node.path: level for node, level in big.walk()}
    assert len(levels) == 600
    assert max(levels.values()) <= 11  # the logarithm of 600, and one for the chosen chain
    assert {levels[node.path] for node in big.chosen.lineage()} == {0} if big.chosen else False


# --- on a terminal ----------------------------------------------------------------------------------------------
def test_the_whole_tree_is_a_line_a_step() -> None:
    out, text = console()
    write_tree(out, SearchTree(kept_one_of_two()))
    assert text.getvalue().splitlines() == [
        "  ✗ contradicted   0.00  So Bob is sad.",
        "✓ entailed       0.90  Bob is kind.  ◂",
        "✓ entailed       1.00  The answer is True.  verified  ◂",
        "3 steps drawn, 1 whole chain, 15 tokens, best whole chain 1.00",
    ]


def test_a_console_without_unicode_gets_ascii() -> None:
    raw = io.BytesIO()
    out = Console(file=io.TextIOWrapper(raw, encoding="ascii"), width=80, color_system=None)
    write_tree(out, SearchTree(kept_one_of_two()))
    out.file.flush()
    assert b"  x contradicted   0.00  So Bob is sad." in raw.getvalue()


@pytest.mark.parametrize("size", [1, 7, 40, 900])
@pytest.mark.parametrize("most", [3, 12, 50])
def test_no_more_lines_than_allowed_and_every_step_is_shown_or_counted(size: int, most: int) -> None:
    tree = SearchTree(random_search(size)[:-1])
    lines = [line.plain for line in lines_of(tree, Writer(console()[0]), most)]
    assert 0 < len(lines) <= most
    left_out = sum(int(line.split()[1].replace(",", "")) for line in lines if "⋮" in line)
    assert left_out + sum("⋮" not in line for line in lines) == size
    assert any("⋮" not in line for line in lines), "the newest steps are shown"


def test_the_growing_tree_keeps_to_the_window_and_is_gone_at_the_end() -> None:
    out, text = console(terminal=True, width=60, height=12)
    with GrowingTree(out, "mcts: " + "a long question " * 20) as growing:
        for event in random_search(300)[:-1]:
            growing.add(event)
        beside, shown = console(width=60)
        beside.print(growing.drawing())
    lines = shown.getvalue().splitlines()
    assert len(lines) <= 11
    assert all(len(line) <= 60 for line in lines)
    assert lines[0].startswith("mcts: a long question")
    assert lines[-1].startswith("300 steps drawn")
    assert text.getvalue().rstrip().endswith("\x1b[2K"), "the drawing is wiped away"


def test_outside_a_terminal_there_is_a_line_for_each_score_and_nothing_is_taken_back() -> None:
    out, text = console()
    events = kept_one_of_two()
    events.insert(5, {"note": "backtrack", "path": [1], "draws": 2, "values": [], "accepted": []})
    with GrowingTree(out, "latts: Bob is nice.") as growing:
        for event in events:
            growing.add(event)
    assert text.getvalue().splitlines() == [
        "latts: Bob is nice.",
        "step.draw, verdict, score, text",
        "  1.1  ✗ contradicted   0.00  So Bob is sad.",
        "  1.2  ✓ entailed       0.90  Bob is kind.",
        "  1.2  none of 2 draws behind this was accepted: went back",
        "  2.1  ✓ entailed       1.00  The answer is True.  verified",
        "3 steps drawn, 1 whole chain, 15 tokens, best whole chain 1.00",
    ]


def test_hostile_text_cannot_steer_the_terminal() -> None:
    for terminal in (True, False):
        out, text = console(terminal=terminal)
        with GrowingTree(out, samples.HOSTILE[5]) as growing:
            for event in random_search(60, texts=samples.HOSTILE)[:-1]:
                growing.add(event)
        write_tree(out, growing.tree)
        written = text.getvalue()
        assert "\x1b[31m" not in written
        assert "\x00" not in written
        assert "[bold red]markup[/bold red] :smile:" in written


def test_a_search_among_tokens_is_a_tree_of_tokens() -> None:
    tokens = [
        {"id": 5, "text": "Bob", "logprob": -0.1, "ends": False},
        {"id": 0, "text": "", "logprob": -2.5, "ends": True},
    ]
    tree = SearchTree(
        [
            {"next": [], "first": 0, "tokens": tokens, "ticket": 0},
            {"rate_next": "mine", "nodes": [{"path": [], "values": [0.7, "nan"], "reason": "why"}], "ticket": 1},
            {"note": "keep", "path": [], "from": [0], "texts": ["Bob"], "values": [0.7]},
            {"next": [0], "first": 0, "tokens": [{**tokens[0], "text": " is"}], "ticket": 2},
            {"rate": "symbolic", "nodes": [{"path": [0, 0], "value": None, "reason": "not yet"}], "ticket": 3},
            {"choice": [0, 0], "reason": ""},
        ]
    )
    assert [(node.path, node.text, node.score, node.whole) for node in list(tree.nodes.values())[1:]] == [
        ((0,), "Bob", 0.7, False),
        ((1,), "", None, True),
        ((0, 0), " is", None, False),
    ]
    assert "nan" in tree.nodes[(1,)].reason
    assert tree.root.did == []
    assert tree.chosen is not None
    assert tree.chosen.written == "Bob is"


def test_a_chain_that_is_given_back_begins_anew_below_the_old_one() -> None:
    step = {"start": 0, "end": 4, "status": "entailed"}
    tree = SearchTree(
        [
            {"draw": [0], "text": "Bad.", "tokens": 2, "finish": "end", "seed": 1, "ticket": 0},
            {
                "rate": "symbolic",
                "nodes": [{"path": [0], "value": 0.1, "reason": "", "steps": [{**step, "status": "ungrounded"}]}],
            },
            {"revise": [0], "path": [0, 0], "turns": []},
            {"draw": [0, 0, 0], "text": "Good.", "tokens": 2, "finish": "end", "seed": 2, "ticket": 2},
            {"rate": "symbolic", "nodes": [{"path": [0, 0, 0], "value": 1.0, "reason": "", "steps": [step]}]},
            {"choice": [0, 0, 0], "reason": ""},
        ]
    )
    assert tree.nodes[(0,)].status is Status.UNGROUNDED
    assert tree.nodes[(0,)].did == ["given back to the model with its verdicts"]
    assert tree.chosen is not None
    assert (tree.chosen.written, tree.chosen.status) == ("Good.", Status.ENTAILED)
    assert tree.state(tree.nodes[(0,)]) == "discarded"
