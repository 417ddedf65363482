"""Recordings as a policy: what is drawn, what is refused, how files are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conformance import PolicyConformance, Subject, asking

from verisearch.errors import InputError, TraceError
from verisearch.policies import open_policy, sample
from verisearch.policies.recordings import read_recordings
from verisearch.policies.replay import Pick, ReplayPolicy
from verisearch.protocols import Capability, Failure, Message, Policy, Prefix, Reply, Request, Sampling

Write = Callable[..., Path]

STORIES = (
    "The cat sat.\n\nThe cat ran home, as cats do, and slept.\n\nAnswer: yes",
    "The cat sat.\n\nThe cat ate the fish that was left on the table.\n\nAnswer: no",
    "A dog came by and the two of them went for a walk in the rain.\n\nAnswer: yes",
    "Çà et là, 猫 🐈 wandered about, and nobody knew where it had come from at all.",
)


def row(problem: str, prompt: str, *texts: str, **extra: Any) -> dict[str, Any]:
    samples = [{"text": text, "tokens": len(text) // 3, **extra} for text in texts]
    return {"problem_id": problem, "prompt": prompt, "samples": samples}


@pytest.fixture
def recorded(tmp_path: Path) -> Write:
    def write(*rows: Any) -> Path:
        path = tmp_path / "samples.jsonl"
        lines = (each if isinstance(each, str) else json.dumps(each) for each in rows)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def cat(recorded: Write) -> Path:
    return recorded(row("cat", "Where is the cat?", *STORIES))


def ask(policy: ReplayPolicy, written: str = "", seeds: tuple[int, ...] = (0,), **settings: Any) -> Reply | Failure:
    prefix = Prefix(messages=asking("Where is the cat?").messages, written=written)
    return sample(policy, [Request(prefix=prefix, sampling=Sampling(**settings), seeds=seeds)])[0]


def drawn(answer: Reply | Failure) -> list[str]:
    assert isinstance(answer, Reply), answer
    return [draw.text for draw in answer.draws]


class Conformance(PolicyConformance):
    pick: Pick = "hash"

    @classmethod
    @contextmanager
    def make(cls, folder: Path) -> Iterator[Subject]:
        path = folder / "samples.jsonl"
        plain = Subject(open=lambda: ReplayPolicy(path), capabilities=frozenset())
        assert plain.long is not None
        prompts = [prefix.messages[-1].content for prefix in (plain.asked, plain.long, *plain.others)]
        rows = [row(str(index), prompt, *STORIES) for index, prompt in enumerate(prompts)]
        rows.append(row("unicode", "In signs?", STORIES[3]))
        path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
        seeded: set[Capability] = set() if cls.pick == "shuffle" else {"seed"}
        yield Subject(
            open=lambda: ReplayPolicy(path, pick=cls.pick),
            capabilities=frozenset({"continue", "n", *seeded}),
            unicode=asking("In signs?"),
        )


class TestConformanceWithoutReplacement(Conformance):
    pick = "shuffle"


class TestConformanceSeedBySeed(Conformance):
    pick = "hash"


class TestConformanceByNumber(Conformance):
    pick = "index"

    def test_large_seeds_are_told_apart(self, policy: Policy, subject: Subject) -> None:
        seeds = [2**63 - 1 - step for step in range(4)]
        prefix = subject.asked
        (answer,) = sample(
            policy, [Request(prefix=prefix, sampling=Sampling(stop=(), max_tokens=99), seeds=tuple(seeds))]
        )
        assert drawn(answer) == list(reversed(STORIES))


def test_the_draws_of_a_request_are_all_the_samples_once(cat: Path) -> None:
    texts = drawn(ask(ReplayPolicy(cat), seeds=(5, 6, 7, 8), stop=(), max_tokens=1000))
    assert sorted(texts) == sorted(STORIES)


def test_more_draws_than_samples_begin_again(cat: Path) -> None:
    texts = drawn(ask(ReplayPolicy(cat), seeds=tuple(range(10)), stop=(), max_tokens=1000))
    assert sorted(texts.count(story) for story in STORIES) == [2, 2, 3, 3]


def test_seeds_change_the_order(cat: Path) -> None:
    policy = ReplayPolicy(cat)
    orders = {tuple(drawn(ask(policy, seeds=(run, run + 1, run + 2), stop=()))) for run in range(20)}
    assert len(orders) > 5


def test_a_step_ends_with_its_stop_string(cat: Path) -> None:
    answer = ask(ReplayPolicy(cat, pick="index"), seeds=(0,))
    assert isinstance(answer, Reply)
    assert answer.draws[0].text == "The cat sat.\n\n"
    assert (answer.draws[0].finish, answer.draws[0].stop) == ("stop", 14)


def test_only_samples_that_begin_so_are_continued(cat: Path) -> None:
    texts = drawn(ask(ReplayPolicy(cat), written="The cat sat.\n\n", seeds=(1, 2)))
    assert sorted(texts) == sorted(story[14 : story.rindex("Answer")] for story in STORIES[:2])


def test_a_text_nobody_wrote_is_refused(cat: Path) -> None:
    answer = ask(ReplayPolicy(cat), written="The cat flew")
    assert isinstance(answer, Failure)
    assert (answer.kind, "cat" in answer.message) == ("refused", True)


def test_a_whole_sample_is_at_its_end(cat: Path) -> None:
    answer = ask(ReplayPolicy(cat), written=STORIES[0])
    assert isinstance(answer, Reply)
    assert (answer.draws[0].text, answer.draws[0].finish, answer.usage.generated_tokens) == ("", "end", 0)


def test_the_tokens_of_the_steps_add_up_to_the_recorded_number(cat: Path) -> None:
    policy, written, spent = ReplayPolicy(cat), "", 0
    for _ in range(3):
        answer = ask(policy, written=written, temperature=0.0)
        assert isinstance(answer, Reply)
        written += answer.draws[0].text
        spent += answer.usage.generated_tokens
    assert written == STORIES[0]
    assert spent == len(STORIES[0]) // 3


@pytest.mark.parametrize("tokens", [1, 5, 500])
def test_small_limits_still_get_to_the_end(recorded: Write, tokens: int) -> None:
    entry = row("cat", "Where is the cat?", STORIES[0])
    entry["samples"][0]["tokens"] = tokens
    policy, written, rounds = ReplayPolicy(recorded(entry)), "", 0
    while written != STORIES[0]:
        answer = ask(policy, written=written, max_tokens=1, stop=())
        assert isinstance(answer, Reply)
        assert answer.usage.generated_tokens <= 1
        written += answer.draws[0].text
        rounds += 1
    assert rounds == min(tokens, len(STORIES[0]))


def test_a_template_around_the_prompt_does_not_matter(recorded: Write) -> None:
    policy = ReplayPolicy(recorded(row("1", "2 + 2", "four"), row("2", "2 + 2 + 1", "five")))
    asked = Prefix(messages=(Message("system", "Think."), Message("user", "Say what 2 + 2 + 1 is.")))
    assert drawn(sample(policy, [Request(prefix=asked, sampling=Sampling())])[0]) == ["five"]


def test_two_prompts_that_fit_equally_well_are_refused(recorded: Write) -> None:
    policy = ReplayPolicy(recorded(row("1", "cats", "a"), row("2", "dogs", "b")))
    answer = sample(policy, [Request(prefix=asking("cats and dogs"), sampling=Sampling())])[0]
    assert isinstance(answer, Failure)
    assert answer.kind == "refused"


def test_scores_stay_reachable(recorded: Write) -> None:
    policy = ReplayPolicy(recorded(row("1", "2 + 2", "four", score=0.75, correct=True)))
    found = policy.sample_of(asking("What is 2 + 2?").messages, "four")
    assert found is not None
    assert (found.score, found.correct) == (0.75, True)
    assert policy.sample_of(asking("What is 2 + 2?").messages, "five") is None
    assert policy.sample_of(asking("Why?").messages, "four") is None


@pytest.mark.parametrize(
    ("line", "line_number", "where"),
    [
        ("{", 2, "no JSON"),
        ("[1]", 2, "an object"),
        ('{"problem_id": "1", "prompt": "a"}', 2, "samples"),
        ('{"problem_id": "1", "samples": []}', 2, "prompt"),
        ('{"problem_id": "1", "prompt": "a", "samples": [{"text": 3}]}', 2, r"samples\[0\]\.text"),
        ('{"problem_id": "1", "prompt": "a", "samples": [{"text": "", "tokens": -1}]}', 2, r"samples\[0\]\.tokens"),
        ('{"problem_id": "1", "prompt": "a", "samples": [{"text": "", "score": 1.5}]}', 2, r"samples\[0\]\.score"),
        ('{"problem_id": "1", "messages": [{"role": "boss", "content": ""}], "samples": []}', 2, "role"),
        ('{"problem_id": "good", "prompt": "b", "samples": []}', 2, "line 1"),
        ('{"problem_id": "other", "prompt": "Where?", "samples": []}', 2, "line 1"),
        ('{"problem_id": "1", "prompt": "\\ud800", "samples": []}', 2, "no JSON"),
        ("[" * 5000, 2, "no JSON"),
    ],
)
def test_a_bad_line_is_named(recorded: Write, line: str, line_number: int, where: str) -> None:
    path = recorded(row("good", "Where?", "There."), line)
    with pytest.raises(TraceError, match=where) as caught:
        read_recordings(path)
    assert (caught.value.file, caught.value.line) == (str(path), line_number)


def test_an_empty_file_is_refused(recorded: Write) -> None:
    with pytest.raises(TraceError, match="no recording"):
        read_recordings(recorded(""))


def test_it_is_found_by_name(cat: Path) -> None:
    policy = open_policy(f"replay:{cat}", pick="index")
    assert isinstance(policy, ReplayPolicy)
    with pytest.raises(InputError, match="its settings: pick"):
        open_policy(f"replay:{cat}", pics="index")
    with pytest.raises(InputError, match="shuffle, hash, index"):
        open_policy(f"replay:{cat}", pick="any")
    with pytest.raises(InputError, match="replay:FILE"):
        open_policy("replay")


@pytest.mark.data
def test_the_published_samples_can_be_replayed(data_dir: Path) -> None:
    path = data_dir / "math" / "math500_samples.jsonl"
    if not path.is_file():
        pytest.skip("math/math500_samples.jsonl is not there")
    policy = ReplayPolicy(path)
    assert policy.recordings
    whole = Sampling(stop=(), max_tokens=100_000)
    for recording in policy.recordings:
        seeds = tuple(range(len(recording.samples)))
        answer = sample(policy, [Request(prefix=Prefix(messages=recording.messages), sampling=whole, seeds=seeds)])[0]
        assert sorted(drawn(answer)) == sorted(each.text for each in recording.samples)
        assert isinstance(answer, Reply)
        assert answer.usage.generated_tokens == sum(each.length for each in recording.samples)
        assert all(each.score is not None and each.correct is not None for each in recording.samples)
