"""Ways to a false "entailed" that a reviewer found, each closed."""

from __future__ import annotations

import pytest
from scripted_model import ScriptedModel

from verisearch.ingest.reader import read_problem
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.modelled.names import canonical
from verisearch.symbolic.modelled.premises import stated
from verisearch.symbolic.options import CheckOptions, ReadingOptions
from verisearch.trace import Problem, Step, Trace
from verisearch.verdict import Status, TraceStatus, TraceVerdict


def check(
    problem: Problem, steps: tuple[str, ...], model: ScriptedModel, answer: str | None = None, **reading: object
) -> TraceVerdict:
    made = tuple(Step(text, index, (0, len(text))) for index, text in enumerate(steps))
    trace = Trace(problem=problem, steps=made, answer=answer)
    options = ReadingOptions(**reading)  # type: ignore[arg-type]
    return verify_trace(trace, CheckOptions(formaliser="llm", logic="classical", reading=options), model=model)


def formalised(text: str, declared: str, formula: str) -> dict[tuple[str, str], str]:
    """A reply that declares what it needs and goes ahead."""
    return {("formalise", text): f"{declared}\n(assert {formula})"}


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("Which of these is right?\nA) Bob is kind.\nB) Bob is mean.", None),
        ("Is the following statement true? Bob is very kind.", "Bob is kind."),
        ("Bob is not kind. True or false?", "Bob is not kind."),
        ("Assume that Bob is big. Is Bob kind?", "Bob is kind."),
    ],
)
def test_what_is_asked_about_is_no_premise(question: str, statement: str | None) -> None:
    assert stated(Problem(question=question, statement=statement)) == ()


def test_facts_before_the_question_are() -> None:
    found = stated(Problem(question="Ann was born in 2005. Is Ann entitled?", statement="Ann is entitled."))
    assert [sentence.text for sentence in found] == ["Ann was born in 2005."]


def test_names_that_differ_in_signs_stay_two() -> None:
    assert len({canonical(name) for name in ("AB+", "AB-", "AB", "C++", "C#")}) == 5


def test_what_a_model_read_proves_no_absence() -> None:
    sentence = "Bob, who lives by the sea, is kind."
    model = ScriptedModel(
        formalised(
            sentence,
            "(declare-fun kind_person (Thing) Bool) ; {0} is a kind person by the sea who lives",
            "(kind_person bob)",
        ),
        "; cannot: no words",
    )
    problem = read_problem(f"Ann is tall. Bob is tall. {sentence}", statement="Bob is kind.")
    found = check(problem, ("Nothing says that Bob is kind.",), model, "Unknown", whole_context=True, anchors=False)
    assert found.steps[0].status is Status.UNDECIDED
    assert found.status is not TraceStatus.VALID


def test_arguments_stand_in_the_order_of_the_words() -> None:
    sentence = "Eve is admired by Bob, who is loud."
    model = ScriptedModel(
        formalised(sentence, "(declare-fun admires (Thing Thing) Bool) ; {1} admires {0}", "(admires eve bob)")
        | {("premises", "Eve admires Bob."): f'context: "{sentence}"'},
        "; cannot: no words",
    )
    problem = read_problem(f"Bob is tall. Eve is tall. {sentence}", statement="Eve admires Bob.")
    found = check(problem, ("Eve admires Bob.",), model)
    assert found.steps[0].status is not Status.ENTAILED


def test_no_unicorn_is_presumed() -> None:
    texts = {
        "No unicorn is white.": "(forall ((x Unicorn)) (not (white x)))",
        "So not every unicorn is white.": "(not (forall ((x Unicorn)) (white x)))",
    }
    declared = "(declare-sort Unicorn 0)\n(declare-fun white (Unicorn) Bool) ; {0} is white"
    first, second = texts
    model = ScriptedModel(
        formalised(second, declared, texts[second])
        | {("formalise", first): f"(assert {texts[first]})", ("premises", second): f'context: "{first}"'}
    )
    found = check(read_problem(first, statement="Ann is tall."), (second,), model, mixed=False, anchors=False)
    assert found.steps[0].status is Status.UNDECIDED
    assert "any Unicorn" in found.steps[0].claims[0].reason


def test_everything_is_the_same_is_no_premise_however_it_is_written() -> None:
    sentence = "Everyone is the same one, not another."
    model = ScriptedModel(
        {
            ("formalise", sentence): "(assert (not (exists ((x Thing) (y Thing)) (not (= x y)))))",
            ("premises", "Eve is calm."): f'context: "{sentence}"',
        }
    )
    problem = read_problem(f"Bob is calm. Eve is tall. {sentence}", statement="Eve is calm.")
    assert check(problem, ("Eve is calm.",), model).steps[0].status is not Status.ENTAILED


def test_commonsense_carries_no_part_of_a_step_alone() -> None:
    step = "Every baker is lazy and Bob is a baker."
    lazy = "(forall ((x Thing)) (=> (baker x) (lazy x)))"
    declared = (
        "(declare-fun baker (Thing) Bool) ; {0} is a baker\n(declare-fun lazy (Thing) Bool) ; {0} is lazy\n"
        "(declare-const bob Thing) ; Bob"
    )
    model = ScriptedModel(
        formalised(step, f"(declare-sort Thing 0)\n{declared}", f"(and {lazy} (baker bob))")
        | {
            ("formalise", "Bob is a baker."): "(assert (baker bob))",
            ("formalise", "Every baker is lazy."): f"(assert {lazy})",
            ("premises", step): 'context: "Bob is a baker."\ncommonsense: Every baker is lazy.',
        }
    )
    problem = read_problem("Bob is a baker.", statement="Ann is tall.")
    assert check(problem, (step,), model, mixed=False).steps[0].status is not Status.ENTAILED


def test_a_model_that_is_asked_for_nothing_it_can_answer_ends_no_run() -> None:
    class Broken:
        def ask(self, query: object) -> object:
            raise RuntimeError("out of memory")

    import verisearch

    found = verisearch.verify(["Bob lives by the sea."], context="Bob is tall.", formaliser="llm", model=Broken())  # type: ignore[arg-type]
    assert found.steps[0].status is Status.UNDECIDED
    assert "out of memory" in found.steps[0].claims[0].reason
