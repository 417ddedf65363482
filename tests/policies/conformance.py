"""What every policy must do, whatever stands behind it.

A test module subclasses `PolicyConformance` and says what is to be tested, once for all tests of the class::

    class TestMine(PolicyConformance):
        @classmethod
        @contextmanager
        def make(cls, folder: Path) -> Iterator[Subject]:  # an empty folder of its own
            yield Subject(open=lambda: MyPolicy(...), capabilities=frozenset({"continue", "seed"}))

The fixtures ``subject`` and ``policy`` (in ``conftest.py``) come from it. Tests of abilities that a policy doesn't
have are skipped, and say so.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from subject import (
    BROKEN,
    Subject,
    ask,
    asking,
    collect,
    consistent,
    ended_by,
    exactly,
    given_up,
    greedy,
    grown,
    in_unicode,
    need,
    small,
    texts,
    write,
)

from verisearch.errors import InputError, PolicyError
from verisearch.policies import first_stop, sample
from verisearch.protocols import Draw, Failure, Policy, Prefix, Reply, Request, Sampling, Scorer

__all__ = ["PolicyConformance", "Subject", "ask", "asking", "collect", "greedy", "small", "texts", "write"]


class PolicyConformance:
    """The tests; see the module's text."""

    @classmethod
    @contextmanager
    def make(cls, folder: Path) -> Iterator[Subject]:
        """What is to be tested; ``folder`` is an empty one that the class may write to."""
        raise NotImplementedError
        yield

    @pytest.fixture(autouse=True)
    def nothing_left_over(self, policy: Policy) -> Iterator[None]:
        yield
        assert policy.poll(0) == [], "replies are left over after the test"

    # --- what it says of itself -------------------------------------------------------------------------------

    def test_it_is_a_policy_with_the_stated_abilities(self, policy: Policy, subject: Subject) -> None:
        assert isinstance(policy, Policy)
        assert policy.name
        assert policy.capabilities == subject.capabilities

    # --- seeds ------------------------------------------------------------------------------------------------

    def test_there_is_a_draw_for_each_seed(self, policy: Policy, subject: Subject) -> None:
        for number in (1, 2, 5):
            assert len(write(policy, subject.asked, seeds=range(number), max_tokens=4).draws) == number

    def test_equal_seeds_give_equal_draws(self, policy: Policy, subject: Subject) -> None:
        need(policy, "seed")
        once = write(policy, subject.asked, seeds=(11, 11, 12), max_tokens=12)
        again = write(policy, subject.asked, seeds=(11,), max_tokens=12)
        assert once.draws[0] == again.draws[0]
        if subject.exact:
            assert once.draws[0] == once.draws[1]

    def test_n_at_once_equal_n_one_by_one(self, policy: Policy, subject: Subject) -> None:
        need(policy, "seed")
        exactly(subject)
        seeds = (3, 1, 4, 1, 5)
        at_once = write(policy, subject.asked, seeds=seeds, max_tokens=12).draws
        one_by_one = [write(policy, subject.asked, seeds=(seed,), max_tokens=12).draws[0] for seed in seeds]
        assert list(at_once) == one_by_one

    def test_other_seeds_give_other_draws(self, policy: Policy, subject: Subject) -> None:
        draws = write(policy, subject.asked, seeds=range(8), max_tokens=16).draws
        assert len({draw.text for draw in draws}) > 1

    def test_large_seeds_are_told_apart(self, policy: Policy, subject: Subject) -> None:
        need(policy, "seed")
        seeds = [2**63 - 1 - 2**32 * step for step in range(6)]  # their lower 32 bits are the same
        draws = write(policy, subject.asked, seeds=seeds, max_tokens=16).draws
        assert len({draw.text for draw in draws}) > 1

    def test_greedy_does_not_depend_on_the_seed(self, policy: Policy, subject: Subject) -> None:
        exactly(subject)
        one, two = (greedy(policy, subject.asked, seed=seed, max_tokens=12) for seed in (1, 2))
        assert one == two

    # --- where a draw ends ------------------------------------------------------------------------------------

    def test_the_token_limit_holds(self, policy: Policy, subject: Subject) -> None:
        for limit in (1, 2, 7):
            reply = write(policy, subject.asked, max_tokens=limit, stop=())
            draw = reply.draws[0]
            assert reply.usage.generated_tokens <= limit
            if draw.ids is not None:
                assert len(draw.ids) == limit if draw.finish == "length" else len(draw.ids) < limit + 1

    def test_a_limit_in_the_middle_is_said_to_be_one(self, policy: Policy, subject: Subject) -> None:
        draw = greedy(policy, subject.asked, max_tokens=3, stop=())
        assert (draw.finish, draw.stop) == ("length", None)

    @pytest.mark.parametrize("width", [1, 2, 3, 6, 11])
    @pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
    def test_a_stop_string_ends_the_draw(self, policy: Policy, subject: Subject, width: int, share: float) -> None:
        """Wherever it lies: inside a token, across several, at the very start."""
        whole = greedy(policy, subject.asked, max_tokens=subject.length, stop=())
        text = whole.text.rstrip(BROKEN)
        start = int(share * len(text))
        stop = text[start : start + width]
        assert stop, "the reply is too short for this test: give another prompt or a smaller length"
        if text.startswith(stop) and not subject.tells_end:
            pytest.skip("it can't tell a stop string at the very start from the end of the reply")
        if BROKEN in stop:
            pytest.skip("the model writes half characters here")
        ended_by(stop, policy, subject, whole)

    def test_a_character_of_several_bytes_can_be_the_stop(self, policy: Policy, subject: Subject) -> None:
        whole = in_unicode(policy, subject)
        wide = next(char for char in whole.text[1:] if ord(char) > 127 and char not in (BROKEN, whole.text[0]))
        ended_by(wide, policy, subject, whole, subject.unicode)

    def test_of_several_stop_strings_the_first_to_be_complete_counts(self, policy: Policy, subject: Subject) -> None:
        whole = greedy(policy, subject.asked, max_tokens=subject.length, stop=())
        text = whole.text.rstrip(BROKEN)
        stops = tuple(text[at : at + 2] for at in (len(text) // 2, len(text) // 3, len(text) // 4))
        if any(BROKEN in stop or not stop for stop in stops):
            pytest.skip("the model writes half characters here")
        draw = greedy(policy, subject.asked, max_tokens=subject.length, stop=("never written", *stops))
        assert draw.finish == "stop"
        assert draw.stop == first_stop(whole.text, stops)

    def test_a_stop_string_that_is_not_written_changes_nothing(self, policy: Policy, subject: Subject) -> None:
        exactly(subject)
        plain = greedy(policy, subject.asked, max_tokens=10, stop=())
        assert greedy(policy, subject.asked, max_tokens=10, stop=("never written, not by any model",)) == plain

    def test_the_prompt_does_not_stop_the_reply(self, policy: Policy, subject: Subject) -> None:
        draw = greedy(policy, subject.asked, max_tokens=4, stop=(subject.asked.messages[-1].content,))
        assert draw.text
        assert draw.stop is None

    def test_stops_lie_where_they_are_said_to(self, policy: Policy, subject: Subject) -> None:
        for draw in write(policy, subject.asked, seeds=range(4), max_tokens=24, stop=(" ", ".")).draws:
            consistent(draw, (" ", "."))

    # --- grammars ---------------------------------------------------------------------------------------------

    def test_a_reply_keeps_to_its_grammar(self, policy: Policy, subject: Subject) -> None:
        need(policy, "grammar")
        grammar = 'root ::= ("yes" | "no") " " [x-z]{4}'
        for draw in write(policy, subject.asked, seeds=range(4), max_tokens=24, stop=(), grammar=grammar).draws:
            assert re.fullmatch("(yes|no) [xyz]{4}", draw.text)
            assert draw.finish == "end"

    def test_a_grammar_is_refused_where_it_would_be_ignored(self, policy: Policy, subject: Subject) -> None:
        if "grammar" in policy.capabilities:
            pytest.skip("it keeps to grammars")
        with pytest.raises(InputError, match="grammar"):
            policy.submit(Request(prefix=subject.asked, sampling=Sampling(grammar='root ::= "yes"')))

    # --- prompts ----------------------------------------------------------------------------------------------

    def test_an_empty_prompt_is_answered_or_refused(self, policy: Policy, subject: Subject) -> None:
        answer = ask(policy, Request(prefix=subject.empty, sampling=Sampling(max_tokens=4)))
        assert isinstance(answer, Reply) or answer.kind == "refused"

    def test_no_messages_are_answered_or_refused(self, policy: Policy) -> None:
        answer = ask(policy, Request(prefix=Prefix(messages=()), sampling=Sampling(max_tokens=4)))
        assert isinstance(answer, Reply) or answer.kind == "refused"

    def test_a_long_prompt_is_read_whole(self, policy: Policy, subject: Subject) -> None:
        if subject.long is None:
            pytest.skip("no long prompt is given")
        short = write(policy, subject.asked, max_tokens=2)
        long = write(policy, subject.long, max_tokens=2)
        assert long.usage.prompt_tokens >= short.usage.prompt_tokens + 100

    def test_a_prompt_beyond_the_context_window_is_refused(self, policy: Policy, subject: Subject) -> None:
        if subject.too_long is None:
            pytest.skip("no prompt that is too long is given")
        answer = ask(policy, Request(prefix=subject.too_long, sampling=Sampling(max_tokens=4)))
        assert isinstance(answer, Failure)
        assert answer.kind == "refused"
        assert answer.message
        assert write(policy, subject.asked, max_tokens=2).draws, "it goes on after a refusal"

    def test_strange_prompts_come_back(self, policy: Policy) -> None:
        for text in ("\x00\x01", "🦊" * 40, "e\u0301\u200d\ufeff", "<|im_end|></s>", "{{ messages }}{% raw %}"):
            answer = ask(policy, Request(prefix=asking(text), sampling=Sampling(max_tokens=3)))
            assert isinstance(answer, Reply) or answer.kind == "refused"

    # --- continuing -------------------------------------------------------------------------------------------

    def test_a_reply_can_be_written_in_pieces(self, policy: Policy, subject: Subject) -> None:
        need(policy, "continue")
        exactly(subject)
        if not subject.rejoins:
            pytest.skip("what is written is cut into other tokens when it is continued")
        whole = greedy(policy, subject.asked, max_tokens=12, stop=())
        prefix, draws = subject.asked, list[Draw]()
        for limit in (1, 4, 7):
            draw = greedy(policy, prefix, max_tokens=limit, stop=())
            draws.append(draw)
            if draw.finish == "end":
                break
            prefix = grown(prefix, draw)
        if whole.ids is not None:
            assert sum((draw.ids or () for draw in draws), ()) == whole.ids
        else:
            assert "".join(draw.text for draw in draws).startswith(whole.text[: len(whole.text) // 2])

    def test_steps_join_to_the_whole_reply(self, policy: Policy, subject: Subject) -> None:
        need(policy, "continue")
        exactly(subject)
        if not subject.rejoins:
            pytest.skip("what is written is cut into other tokens when it is continued")
        whole = greedy(policy, subject.asked, max_tokens=16, stop=())
        stop = whole.text.rstrip(BROKEN)[2:4]
        if not stop or BROKEN in stop:
            pytest.skip("the model writes half characters here")
        first = greedy(policy, subject.asked, max_tokens=16, stop=(stop,))
        assert first.finish == "stop"
        rest = greedy(policy, grown(subject.asked, first), max_tokens=16, stop=())
        joined = first.text + rest.text
        shared = min(len(joined), len(whole.text))
        assert joined[:shared].rstrip(BROKEN) == whole.text[:shared].rstrip(BROKEN)

    def test_what_is_written_elsewhere_can_be_continued(self, policy: Policy, subject: Subject) -> None:
        need(policy, "continue")
        whole = greedy(policy, subject.asked, max_tokens=12, stop=())
        text = whole.text.rstrip(BROKEN)
        begun = Prefix(messages=subject.asked.messages, written=text[: len(text) // 2])  # text alone, no ids
        assert write(policy, begun, max_tokens=3).draws

    def test_what_cannot_be_continued_is_refused(self, policy: Policy, subject: Subject) -> None:
        if "continue" in policy.capabilities:
            pytest.skip("it can continue")
        begun = Prefix(messages=subject.asked.messages, written="The cat")
        answer = ask(policy, Request(prefix=begun, sampling=Sampling(max_tokens=3)))
        assert isinstance(answer, Failure)
        assert answer.kind == "refused"

    # --- text, ids, log-probabilities, usage ------------------------------------------------------------------

    def test_the_text_is_that_of_the_ids(self, policy: Policy, subject: Subject) -> None:
        need(policy, "ids")
        assert subject.decode is not None, "a subject with ids must give decode"
        for draw in write(policy, subject.asked, seeds=range(4), max_tokens=16, stop=(" ",)).draws:
            assert draw.ids is not None
            assert draw.text.rstrip(BROKEN) == subject.decode(draw.ids).rstrip(BROKEN)

    def test_characters_of_several_bytes_stay_whole(self, policy: Policy, subject: Subject) -> None:
        whole = in_unicode(policy, subject)
        assert BROKEN not in whole.text.rstrip(BROKEN)
        assert whole.text.encode("utf-8")

    def test_logprobs_are_there_when_asked_for(self, policy: Policy, subject: Subject) -> None:
        need(policy, "logprobs")
        draws = write(policy, subject.asked, seeds=range(3), max_tokens=8, logprobs=True).draws
        for draw in draws:
            assert draw.logprobs is not None
            assert all(-math.inf < each <= 0 for each in draw.logprobs)
            if draw.ids is not None:
                assert len(draw.logprobs) == len(draw.ids)
            assert len(draw.logprobs) <= 8

    def test_logprobs_are_not_there_unasked(self, policy: Policy, subject: Subject) -> None:
        assert all(draw.logprobs is None for draw in write(policy, subject.asked, seeds=range(2), max_tokens=4).draws)

    def test_asking_for_logprobs_does_not_change_the_draw(self, policy: Policy, subject: Subject) -> None:
        need(policy, "logprobs")
        need(policy, "seed")
        exactly(subject)
        plain, told = (
            write(policy, subject.asked, seeds=(5,), max_tokens=8, logprobs=which) for which in (False, True)
        )
        assert plain.draws[0].text == told.draws[0].text

    def test_logprobs_agree_with_score(self, policy: Policy, subject: Subject) -> None:
        need(policy, "logprobs")
        need(policy, "score")
        scorer = cast(Scorer, policy)
        draws = write(policy, subject.asked, seeds=range(6), max_tokens=6, stop=(), logprobs=True).draws
        scores = scorer.score(subject.asked, [draw.text for draw in draws])
        compared = 0
        for draw, given in zip(draws, scores, strict=True):
            assert draw.logprobs is not None
            if len(given) == len(draw.logprobs):  # the text may be cut into other tokens than it was drawn as
                compared += 1
                assert given == pytest.approx(draw.logprobs, abs=subject.tolerance)
        assert compared, "no draw is cut into the tokens it was drawn as"

    def test_the_next_tokens_are_the_most_probable(self, policy: Policy, subject: Subject) -> None:
        need(policy, "next_tokens")
        scorer = cast(Scorer, policy)
        (all_of_five,) = scorer.next_tokens([subject.asked], top_p=1.0, top_k=5)
        assert len(all_of_five) == 5
        assert [each.logprob for each in all_of_five] == sorted((each.logprob for each in all_of_five), reverse=True)
        assert all(each.logprob <= 0 for each in all_of_five)
        mass = math.exp(all_of_five[0].logprob)
        (nucleus,) = scorer.next_tokens([subject.asked], top_p=mass / 2, top_k=0)
        assert [each.id for each in nucleus] == [all_of_five[0].id]
        draw = greedy(policy, subject.asked, max_tokens=1, stop=())
        assert draw.ids == (all_of_five[0].id,)

    def test_hidden_states_have_one_shape(self, policy: Policy, subject: Subject) -> None:
        need(policy, "hidden")
        states = cast(Scorer, policy).hidden([subject.asked, *subject.others[:3]])
        assert len(states) == 4
        assert len({len(state) for state in states}) == 1
        assert any(float(left) != float(right) for left, right in zip(states[0], states[1], strict=True))

    def test_usage_adds_up(self, policy: Policy, subject: Subject) -> None:
        for stop in ((), (" ",)):
            reply = write(policy, subject.asked, seeds=range(3), max_tokens=9, stop=stop)
            usage = reply.usage
            assert usage.prompt_tokens > 0
            assert 0 <= usage.cached_tokens <= usage.prompt_tokens
            assert 0 < usage.generated_tokens <= 27
            if all(draw.ids is not None for draw in reply.draws):
                kept = sum(len(draw.ids or ()) for draw in reply.draws)
                ends = sum(draw.finish == "end" for draw in reply.draws)  # the end token is generated but not kept
                assert kept <= usage.generated_tokens - usage.discarded_tokens <= kept + ends

    # --- settings ---------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "settings",
        [{"temperature": -1.0}, {"top_p": 0.0}, {"top_k": -1}, {"max_tokens": 0}, {"stop": ("",)}],
        ids=lambda settings: next(iter(settings)),
    )
    def test_settings_outside_their_ranges_are_refused(self, policy: Policy, subject: Subject, settings: Any) -> None:
        with pytest.raises(InputError, match=next(iter(settings))):
            policy.submit(Request(prefix=subject.asked, sampling=Sampling(**settings)))

    def test_no_seed_is_refused(self, policy: Policy, subject: Subject) -> None:
        with pytest.raises(InputError, match="seeds"):
            policy.submit(Request(prefix=subject.asked, sampling=Sampling(), seeds=()))

    # --- submit, poll, cancel ---------------------------------------------------------------------------------

    def test_nothing_under_way_gives_nothing_at_once(self, policy: Policy) -> None:
        started = time.monotonic()
        assert policy.poll() == []
        assert policy.poll(30) == []
        assert time.monotonic() - started < 5

    def test_each_ticket_comes_back_once(self, policy: Policy, subject: Subject) -> None:
        tickets = [policy.submit(small(prefix)) for prefix in (subject.asked, *subject.others[:5])]
        assert len(set(tickets)) == 6
        answers = collect(policy, tickets)
        assert sorted(answers) == sorted(tickets)

    def test_a_poll_without_patience_comes_back(self, policy: Policy, subject: Subject) -> None:
        ticket = policy.submit(small(subject.asked, max_tokens=24))
        early = policy.poll(0)
        rest = [] if early else [ticket]
        assert [answered for answered, _ in early] == ([] if rest else [ticket])
        collect(policy, rest)

    def test_requests_can_be_sent_while_others_are_under_way(self, policy: Policy, subject: Subject) -> None:
        first = policy.submit(small(subject.asked, max_tokens=24))
        seen = dict(policy.poll(0.01))
        second = policy.submit(small(subject.others[0]))
        seen.update(collect(policy, [ticket for ticket in (first, second) if ticket not in seen]))
        assert set(seen) == {first, second}

    def test_many_requests_at_once_are_all_answered(self, policy: Policy, subject: Subject) -> None:
        requests = [small(prefix, seed=index, max_tokens=8) for index, prefix in enumerate(subject.others)]
        answers = sample(policy, requests)
        assert all(isinstance(answer, Reply) for answer in answers), answers
        if subject.exact and "seed" in policy.capabilities:
            for index in range(0, len(requests), 7):
                assert texts(ask(policy, requests[index])) == texts(answers[index])

    def test_cancelled_before_it_began(self, policy: Policy, subject: Subject) -> None:
        ticket = policy.submit(small(subject.asked))
        policy.cancel(ticket)
        given_up(collect(policy, [ticket])[ticket])

    def test_cancelled_while_it_was_written(self, policy: Policy, subject: Subject) -> None:
        kept = policy.submit(small(subject.others[0], max_tokens=8))
        ticket = policy.submit(small(subject.asked, max_tokens=subject.length))
        seen = dict(policy.poll(0.02))
        policy.cancel(ticket)
        policy.cancel(ticket)
        seen.update(collect(policy, [each for each in (kept, ticket) if each not in seen]))
        assert isinstance(seen[kept], Reply), "the others go on"
        given_up(seen[ticket])

    def test_cancelled_after_it_was_answered(self, policy: Policy, subject: Subject) -> None:
        ticket = policy.submit(small(subject.asked))
        collect(policy, [ticket])
        policy.cancel(ticket)
        policy.cancel(10**9)
        assert policy.poll(0.05) == []
        assert write(policy, subject.asked, max_tokens=2).draws

    def test_many_cancelled_at_once_all_come_back(self, policy: Policy, subject: Subject) -> None:
        tickets = [policy.submit(small(prefix)) for prefix in subject.others]
        for ticket in tickets[::2]:
            policy.cancel(ticket)
        answers = collect(policy, tickets)
        assert all(isinstance(answers[ticket], Reply) for ticket in tickets[1::2])
        for ticket in tickets[::2]:
            given_up(answers[ticket])

    def test_closing_drops_what_is_open(self, subject: Subject) -> None:
        if not subject.reopens:
            pytest.skip("opening another takes too long")
        policy = subject.open()
        policy.submit(small(subject.asked))
        policy.close()
        policy.close()
        assert policy.poll(1) == []
        with pytest.raises(PolicyError, match="closed"):
            policy.submit(small(subject.asked))
