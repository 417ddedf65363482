"""Models in this process whose draws are kept to a grammar."""

from __future__ import annotations

import math
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")
pytest.importorskip("llguidance", reason="llguidance isn't installed (verisearch[grammar])")

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kv"))

import torch
from tiny import tiny_tokenizer, writing_model

from verisearch.errors import InputError
from verisearch.logic.smtlib_grammar import assertions_grammar, declarations_grammar
from verisearch.logic.smtlib_reader import read_smtlib
from verisearch.logic.vocabulary import Signature, Vocabulary
from verisearch.policies import open_policy, sample
from verisearch.policies.local import grammars
from verisearch.policies.local.engine import Engine
from verisearch.policies.local.grammars import Grammars
from verisearch.policies.transformers import TransformersPolicy
from verisearch.protocols import Draw, Failure, Message, Policy, Prefix, Reply, Request, Sampling

pytestmark = pytest.mark.local

WORDS = 'root ::= ("the" | "cat" | "é→") (" " ("the" | "cat" | "é→")){0,3}'


def policy_of(**settings: Any) -> TransformersPolicy:
    return TransformersPolicy(writing_model(max_position_embeddings=256), tokenizer=tiny_tokenizer(), **settings)


@pytest.fixture(scope="module")
def policy() -> TransformersPolicy:
    return policy_of()


def asking(written: str = "", seeds: tuple[int, ...] = (0,), **settings: Any) -> Request:
    settings = {"max_tokens": 60, "stop": (), **settings}
    return Request(
        prefix=Prefix(messages=(Message("user", "The cat is."),), written=written),
        sampling=Sampling(**settings),
        seeds=seeds,
    )


def draws(policy: Policy, *requests: Request) -> list[Draw]:
    found: list[Draw] = []
    for answer in sample(policy, requests):
        assert isinstance(answer, Reply), answer
        found += answer.draws
    return found


# --- what is drawn ----------------------------------------------------------------------------------------------
def test_draws_are_strings_of_the_language_and_differ(policy: TransformersPolicy) -> None:
    assert "grammar" in policy.capabilities
    texts = [draw.text for draw in draws(policy, asking(seeds=tuple(range(30)), grammar=WORDS))]
    assert all(re.fullmatch("(the|cat|é→)( (the|cat|é→)){0,3}", text) for text in texts), texts
    assert len(set(texts)) > 5


def test_greedy_draws_keep_to_it_too(policy: TransformersPolicy) -> None:
    (draw,) = draws(policy, asking(grammar='root ::= "qqq" [0-9]{3}', temperature=0.0))
    assert re.fullmatch("qqq[0-9]{3}", draw.text)
    assert draw.finish == "end"


def test_a_draw_ends_where_nothing_can_follow(policy: TransformersPolicy) -> None:
    (draw,) = draws(policy, asking(grammar='root ::= "xyz"', max_tokens=3))
    assert (draw.text, draw.finish, len(draw.ids or ())) == ("xyz", "end", 3)


def test_a_limit_cuts_it_off(policy: TransformersPolicy) -> None:
    (draw,) = draws(policy, asking(grammar='root ::= "xyz" "!"', max_tokens=3))
    assert (draw.text, draw.finish) == ("xyz", "length")


def test_a_stop_string_cuts_it_off(policy: TransformersPolicy) -> None:
    (draw,) = draws(policy, asking(grammar='root ::= "xy\\n\\nz"', stop=("\n\n",)))
    assert (draw.finish, draw.stop) == ("stop", 4)


def test_rows_with_and_without_a_grammar_go_together(policy: TransformersPolicy) -> None:
    plain = asking(seeds=(1, 2), max_tokens=12)
    other = asking(grammar='root ::= "no" "!"{1,9}', seeds=(5,), max_tokens=12)
    alone = draws(policy, plain)
    found = draws(policy, plain, other, asking(grammar=WORDS, max_tokens=12))
    assert found[:2] == alone
    assert re.fullmatch("no!{1,9}", found[2].text)


def test_seeds_and_batches_change_nothing_else() -> None:
    request = asking(grammar=WORDS, seeds=(3, 3, 4, 5, 6))
    found = draws(policy_of(invariant=True), request)
    assert found[0] == found[1]
    assert draws(policy_of(invariant=True, batch=1), request) == found


@pytest.mark.parametrize("settings", [{"top_p": 0.3}, {"top_k": 1}, {"temperature": 0.2}, {"entropy": (0.5, 1.0)}])
def test_cuts_and_temperatures_come_behind_the_grammar(policy: TransformersPolicy, settings: dict[str, Any]) -> None:
    # what the model likes best isn't in the language, so that a cut before it would leave nothing
    for draw in draws(policy, asking(grammar="root ::= [0-9]{6}", seeds=(0, 1, 2), **settings)):
        assert re.fullmatch("[0-9]{6}", draw.text)


def test_log_probabilities_are_those_among_what_there_is_room_for(policy: TransformersPolicy) -> None:
    (forced,) = draws(policy, asking(grammar='root ::= "qz"', logprobs=True))
    assert forced.logprobs == (0.0, 0.0)
    (plain,) = policy.next_tokens([asking().prefix], top_p=1.0, top_k=0)
    chances = {each.text: math.exp(each.logprob) for each in plain if each.text in ("q", "z")}
    (draw,) = draws(policy, asking(grammar='root ::= "q" | "z"', logprobs=True))
    assert draw.logprobs is not None
    assert draw.logprobs[0] == pytest.approx(math.log(chances[draw.text] / sum(chances.values())), abs=1e-4)


# --- continuing -------------------------------------------------------------------------------------------------
def test_what_is_written_counts_as_the_beginning(policy: TransformersPolicy) -> None:
    for draw in draws(policy, asking(written="the c", grammar=WORDS, seeds=(1, 2, 3))):
        assert re.fullmatch("at( (the|cat|é→)){0,2}", draw.text)


def test_what_is_written_must_be_a_beginning(policy: TransformersPolicy) -> None:
    (answer,) = sample(policy, [asking(written="so", grammar=WORDS)])
    assert isinstance(answer, Failure)
    assert answer.kind == "refused"
    assert "begins no string of the grammar" in answer.message
    assert "\n" not in answer.message


def test_pieces_with_one_seed_equal_the_whole() -> None:
    policy = policy_of(invariant=True)
    (whole,) = draws(policy, asking(grammar=WORDS, seeds=(9,)))
    prefix = asking().prefix
    while True:
        request = Request(prefix=prefix, sampling=Sampling(max_tokens=2, stop=(), grammar=WORDS), seeds=(9,))
        (piece,) = draws(policy, request)
        prefix = Prefix(
            messages=prefix.messages,
            written=prefix.written + piece.text,
            ids=(prefix.ids or ()) + (piece.ids or ()),
        )
        if piece.finish == "end":
            break
    assert prefix.ids == whole.ids


def test_of_what_is_complete_only_the_end_is_drawn(policy: TransformersPolicy) -> None:
    (draw,) = draws(policy, asking(written="the the the the", grammar=WORDS))
    assert (draw.text, draw.ids, draw.finish) == ("", (), "end")


# --- what goes wrong --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("grammar", ["root ::= (", 'start ::= "a"', "root ::= x", "root ::= [z-a]", "", "yes", 3])
def test_grammars_that_cannot_be_used_are_refused(policy: TransformersPolicy, grammar: Any) -> None:
    with pytest.raises(InputError, match="grammar"):
        policy.submit(asking(grammar=grammar))
    assert draws(policy, asking(max_tokens=2)), "it goes on"


def test_a_language_without_strings_is_a_failure_and_no_crash(policy: TransformersPolicy) -> None:
    empty, fine = sample(policy, [asking(grammar='root ::= "a" root'), asking(max_tokens=200, grammar=WORDS)])
    assert isinstance(fine, Reply)
    assert isinstance(empty, Failure) or empty.draws[0].finish == "length"
    (impossible,) = sample(policy, [asking(grammar="root ::= root")])
    assert isinstance(impossible, Failure)
    assert impossible.kind == "failed"
    assert "the grammar can't be followed" in impossible.message


def test_a_matcher_that_gives_up_half_way_fails_its_row_alone(
    policy: TransformersPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = grammars.Matcher.take

    def gives_up(self: grammars.Matcher, tokens: Any) -> bool:
        return taken(self, tokens) and taken(self, [0])

    monkeypatch.setattr(grammars.Matcher, "take", gives_up)
    broken, fine = sample(policy, [asking(grammar='root ::= "abc"'), asking(max_tokens=5)])
    assert isinstance(broken, Failure)
    assert broken.kind == "failed"
    assert broken.message.startswith("the grammar can't be followed: ")
    assert isinstance(fine, Reply)
    assert not policy.runner.tree.open_leases


def test_rows_that_begin_anew_keep_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    request = asking(grammar=WORDS, seeds=(1, 2, 3))
    expected = draws(policy_of(invariant=True), request)
    policy = policy_of(invariant=True)
    steps = 0
    drawn = Engine._draw

    def fails_once(self: Engine) -> None:
        nonlocal steps
        steps += 1
        if steps == 4:
            raise torch.OutOfMemoryError("out of memory")
        drawn(self)

    monkeypatch.setattr(Engine, "_draw", fails_once)
    assert draws(policy, request) == expected


def test_without_the_library_the_ability_is_missing_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammars, "find_spec", lambda name: None if name == "llguidance" else find_spec(name))
    policy = policy_of()
    assert "grammar" not in policy.capabilities
    with pytest.raises(InputError, match=r"verisearch\[grammar\]"):
        sample(policy, [asking(grammar=WORDS)])


def test_a_model_with_more_rows_than_tokens_or_fewer_can_be_kept_to_one() -> None:
    tokenizer = tiny_tokenizer()
    for rows in (len(tokenizer) - 2, len(tokenizer), len(tokenizer) + 50):
        matcher = Grammars(tokenizer, frozenset({257}), rows).matcher(WORDS)
        mask = matcher.allowed()
        assert mask.shape == (rows,)
        assert mask.any()
        assert not mask[len(tokenizer) :].any()


def test_several_tokens_may_end_a_reply_or_none() -> None:
    ended = Grammars(tiny_tokenizer(), frozenset({256, 257}), 272).matcher('root ::= "q" "z"?', [80])
    assert {256, 257} < set(ended.allowed().nonzero().flatten().tolist())
    endless = Grammars(tiny_tokenizer(), frozenset(), 272).matcher('root ::= "q"', [80])
    assert endless.complete
    assert not endless.allowed().any()


# --- SMT-LIB ----------------------------------------------------------------------------------------------------
PEOPLE = Vocabulary()
for each in (
    Signature("Kind", ("Person",)),
    Signature('say "so"', ("Person", "Person")),
    Signature("bob", (), "Person"),
    Signature("Zoë é", (), "Person"),
    Signature("age", ("Person",), "Int"),
    Signature("weight", ("Person",), "Real"),
):
    PEOPLE.declare(each)


@pytest.mark.parametrize("opened", ["random", "embedded"])
def test_all_that_a_model_ends_is_read(opened: str, policy: TransformersPolicy) -> None:
    own = open_policy("embedded") if opened == "embedded" else policy
    request = asking(
        grammar=assertions_grammar(PEOPLE, remark_length=16, most=2, depth=2, nesting=1),
        seeds=tuple(range(24)),
        max_tokens=160,
        temperature=1.5,
    )
    ended = [draw.text for draw in draws(own, request) if draw.finish == "end"]
    assert len(ended) >= 4
    assert any(read_smtlib(text, PEOPLE)[1] for text in ended)
    if own is not policy:
        own.close()


def test_declarations_can_be_drawn(policy: TransformersPolicy) -> None:
    grammar = declarations_grammar(Vocabulary(), most=1, name_length=6, gloss_length=6)
    known = Vocabulary()
    known.declare_sort("Thing")
    for draw in draws(policy, asking(grammar=grammar, seeds=tuple(range(8)), max_tokens=120)):
        assert draw.finish == "end"
        read_smtlib(draw.text, known)
