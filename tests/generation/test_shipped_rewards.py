"""The embedded model's rewards that come along: they load, tell a right step from a wrong one, and guide a search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from verisearch.ingest.reader import read_problem
from verisearch.policies import open_policy
from verisearch.protocols import Fork, Partial
from verisearch.runtime.prompting import load_template
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.verifiers import Surroundings, open_verifier

pytestmark = pytest.mark.local

PROBLEM = read_problem(
    "Bob is kind. Ann is tall. If someone is kind then they are nice. If someone is tall then they are quiet.",
    statement="Bob is nice.",
)
RIGHT = (
    "- Is Bob nice?\n- (3) If someone is kind then they are nice.\n  - Is Bob kind?\n  - (1) Bob is kind.\n"
    "- So Bob is nice.\n- The answer is True.\n"
)
WRONG = RIGHT[: RIGHT.index("  - (1)")] + "  - Nothing says that Bob is kind.\n"


@pytest.fixture(scope="module")
def policy() -> Iterator[Any]:
    opened = open_policy("embedded")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def around(policy: Any) -> Surroundings:
    return Surroundings(messages=load_template("solve-embedded").messages, policy=policy)


def partial(written: str, finished: bool = False) -> Partial:
    return Partial(problem=PROBLEM, written=written, finished=finished)


@pytest.mark.parametrize("label", ["", ":label=sound"])
def test_a_wrong_step_is_worth_less(around: Surroundings, label: str) -> None:
    verifier = open_verifier(f"prm{label}", around)
    begun = RIGHT[: RIGHT.index("  - (1)")]
    right, wrong = verifier.score([partial(begun + "  - (1) Bob is kind.\n"), partial(WRONG)])
    assert right.value is not None
    assert wrong.value is not None
    assert right.value > wrong.value + 0.3
    verifier.close()


def test_one_call_says_what_the_process_reward_says_of_each_token(around: Surroundings, policy: Any) -> None:
    prm, mrm = open_verifier("prm", around), open_verifier("mrm", around)
    begun = partial(RIGHT[: RIGHT.index("(1)")])
    ids = tuple(policy.tokenizer(begun.written, add_special_tokens=False)["input_ids"])
    begun = Partial(problem=PROBLEM, written=begun.written, ids=ids)
    (choices,) = policy.next_tokens([prefix_of(begun)], top_p=0.9999, top_k=6)
    (found,) = mrm.score_next([Fork(partial=begun, choices=tuple(choices))])  # type: ignore[attr-defined]
    grown = [Partial(problem=PROBLEM, written=begun.written + each.text, ids=(*ids, each.id)) for each in choices]
    scores = [each.value for each in prm.score(grown)]
    pairs = [(said, value) for said, value in zip(found.values, scores, strict=True) if said is not None]
    assert len(pairs) >= 2
    for said, value in pairs:
        assert value is not None
        assert said == pytest.approx(value, abs=0.25)
    assert max(said for said, _ in pairs) > min(said for said, _ in pairs) + 0.3  # the right number, and others
    prm.close()
    mrm.close()


def prefix_of(begun: Partial) -> Any:
    from verisearch.protocols import Prefix

    return Prefix(messages=load_template("solve-embedded").messages(PROBLEM), written=begun.written, ids=begun.ids)


def test_a_search_by_the_shipped_reward_finds_a_verified_chain(policy: Any) -> None:
    options = SolveOptions(strategy="multifurcation", verifier="mrm")
    (solution,) = solve_all([PROBLEM], policy, options)
    assert solution.verified
    assert solution.answer == "True"
