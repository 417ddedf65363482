"""Claims that a reader would not accept: none passes for what the numbers in it would say without the words around."""

from __future__ import annotations

import pytest

from verisearch.api import steps_given
from verisearch.symbolic.checker import verify_trace
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Trace
from verisearch.verdict import Status, TraceVerdict

SHOP = (
    "Ann has 48 apples, 50 pears, 3 hours, 20 minutes, $5, 2 dogs, 7 cats and 8 fish. 4 people pay 12 dollars for 6 "
    "and 24 boxes, 10 and 100. 1 of 9."
)


def check(steps: list[str], question: str = SHOP, answer: str | None = None, kind: str = "number") -> TraceVerdict:
    given = steps_given(steps, Problem(question=question, answer_kind=kind))  # type: ignore[arg-type]
    trace = Trace(problem=given.problem, steps=given.steps, answer=answer, raw=given.raw)
    return verify_trace(trace, CheckOptions(formaliser="arithmetic"))


def statuses(steps: list[str], question: str = SHOP) -> list[str]:
    return [step.status.value for step in check(steps, question).steps]


DENIED = [
    "It is false that {}.", "It is not true that {}.", "{} is false.", "{} is not true.", "{} is wrong.",
    "{} is incorrect.", "{} doesn't hold.", "It's wrong to say that {}.", "We cannot say that {}.", "Not {}.",
    "Instead of {}, she did it.", "{} (wrong)", "{}, which is wrong.", "{}, which is not correct.",
    "{}. This is wrong.", "{}. But that is not true.", "Wrong: {}.", "By mistake, {}.", "He wrongly computed {}.",
    "I doubt that {}.",
    "There is no way that {}.", "It can't be that {}.", "Contrary to {}, it rained.",
    "{} would be a mistake.",
]  # fmt: skip
ASKED = ["Is {}?", "is {}?", "Does {}?", "{}?"]
SUPPOSED = ["If {}, then she wins.", "Suppose {}.", "Suppose that {}.", "Unless {}, she loses.", "Imagine {}."]


@pytest.mark.parametrize("equation", ["2 + 2 = 4", "2 + 2 = 5"])
@pytest.mark.parametrize("frame", [*DENIED, *ASKED, *SUPPOSED])
def test_what_is_denied_asked_or_supposed_is_neither_accepted_nor_refuted(frame: str, equation: str) -> None:
    assert statuses([frame.format(equation)])[0] in ("untranslatable", "no-claim")


@pytest.mark.parametrize("frame", [*DENIED, *ASKED, "If {}, then she wins.", "{} (rejected)", "{} is no solution."])
def test_letters_keep_nothing_that_is_not_claimed(frame: str) -> None:
    assert check([frame.format("x = 3"), "x + 2 = 5"]).steps[1].status is not Status.ENTAILED


@pytest.mark.parametrize("step", ["x = 7 if y = 2", "x = 7 when y = 2", "x = 7 unless y = 2"])
def test_what_holds_in_a_case_is_not_known_behind_it(step: str) -> None:
    assert check([step, "x + 2 = 9"]).steps[1].status is not Status.ENTAILED


def test_what_is_said_behind_a_list_is_said_of_all_of_it() -> None:
    verdict = check(["x = 3, x = 4 and x = 5 are not roots.", "x + 2 = 5"])
    assert [claim.status for claim in verdict.steps[0].claims] == [Status.UNTRANSLATABLE] * 3
    assert verdict.steps[1].status is not Status.ENTAILED


def test_what_is_denied_gives_no_answer() -> None:
    for step in ("24 * 3 = 72 is wrong", "Is 24 * 3 = 72?", "Suppose 24 * 3 = 72."):
        verdict = check([step], answer="72")
        assert verdict.answer is not None
        assert verdict.answer.claim.status is not Status.ENTAILED


@pytest.mark.parametrize(
    "step",
    [
        "She corrects herself: 2 + 2 = 4",
        "No, 2 + 2 = 4.",
        "If not, 2 + 2 = 4 are left.",
        "2 + 2 = 4 is what is left.",
        "2 + 2 = 4. That is all.",
        "How many is that? 2 + 2 = 4.",
        "She pays 2 + 2 = 4 if she sells them.",
    ],
)
def test_what_is_claimed_is_checked(step: str) -> None:
    assert statuses([step]) == ["entailed"]
    assert statuses([step.replace("= 4", "= 5")]) == ["contradicted"]


@pytest.mark.parametrize(
    "words",
    [
        "trillion", "bn", "tenths", "hundredths", "to the power of 3", "factorial", "negative", "mod 3", "base 5",
        "in base 5", "doubled", "halved", "increased by 8", "decreased by 8", "reduced by 8", "short of 8", "below 8",
        "above 8", "less 8", "add 8", "or 5", "or more", "at most", "at least", "squared", "plus 1", "over 8",
        "divided by 8", "percent", "million", "1/2", "and a half",
    ],
)  # fmt: skip
def test_words_that_change_a_number_leave_nothing_accepted(words: str) -> None:
    assert statuses([f"2 + 2 = 4 {words}"])[0] not in ("entailed",)


@pytest.mark.parametrize(
    "words",
    [
        "the square root of", "square root of", "the cube of", "the negative of", "the reciprocal of",
        "the opposite of", "the factorial of", "twice the sum of", "half the sum of", "half the", "the double of",
        "the average of",
        "the mean of", "the difference of", "the product of", "log of", "10% of", "2 times", "minus",
        "the remainder of",
    ],
)  # fmt: skip
def test_what_is_taken_of_a_side_belongs_to_it(words: str) -> None:
    assert statuses([f"{words} 2 + 7 = 9"])[0] != "entailed"


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("the product of 2 * 7 = 14", "entailed"),
        ("the difference of 9 - 7 = 2", "entailed"),
        ("the average of (2 + 8) / 2 = 5", "entailed"),
        ("a total of 2 + 7 = 9", "entailed"),
        ("2 + 2 isn't equal to 4", "untranslatable"),
        ("2 + 2 never equals 4", "untranslatable"),
        ("2 + 2 is not equal to 5", "untranslatable"),
    ],
)
def test_words_before_a_side(step: str, status: str) -> None:
    assert statuses([step]) == [status]


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("$5 = 5 cents", "contradicted"),
        ("5 dollars = 5 cents", "contradicted"),
        ("3 hours = 3 minutes", "contradicted"),
        ("$2 + $2 = 4 cents", "undecided"),
        ("3 hours + 20 minutes = 23 minutes", "undecided"),
        ("3 hours + 20 minutes = 23", "undecided"),
        ("3 hours * 20 minutes = 60 hours", "undecided"),
        ("7 days + 2 weeks = 9 weeks", "undecided"),
        ("$5 + 3 cents = $8", "undecided"),
        ("3 hours + 20 minutes = 200 minutes", "entailed"),
        ("$5 = 500 cents", "entailed"),
        ("$5 - 50 cents = $4.50", "entailed"),
        ("2 hours * 60 = 120 minutes", "entailed"),
        ("2 weeks * 7 days = 14 days", "entailed"),
        ("120 minutes / 60 = 2 hours", "entailed"),
        ("2 hours > 20 minutes", "entailed"),
        ("20 minutes > 3 hours", "contradicted"),
        ("10 am + 3 hours = 1 pm", "undecided"),
        ("1/2 = 24 apples", "undecided"),
        ("12 = 100%", "undecided"),
    ],
)
def test_units_that_convert_are_converted(step: str, status: str) -> None:
    question = SHOP + " Then 120 minutes, 60 minutes, 14 days and 2 weeks."
    assert statuses([step], question) == [status]


@pytest.mark.parametrize("step", ["x = 137", "Let x = 137.", "So x = 137, says she."])
def test_a_definition_brings_in_no_number_from_nowhere(step: str) -> None:
    verdict = check([step, "x + 48 = 185"])
    assert [each.status.value for each in verdict.steps] == ["ungrounded", "untranslatable"]


def test_a_definition_may_use_what_is_known() -> None:
    assert statuses(["Let x = 48.", "x + 50 = 98"]) == ["no-claim", "entailed"]


def test_letters_keep_their_units() -> None:
    assert statuses(["x = 3 hours", "x = 3 minutes"])[1] == "undecided"
    assert statuses(["x = $5", "x = 5 cents"])[1] == "undecided"
    assert statuses(["x = 3 hours", "x = 3 hours"])[1] == "entailed"


@pytest.mark.parametrize("step", ["2\n+ 7 = 7", "2 +\n7 = 7", "2 * (\n7) = 14", "0x10 = 16", "0x10 = 0", "0b10 = 2"])
def test_half_an_expression_and_codes_are_not_read(step: str) -> None:
    assert statuses([step]) == ["untranslatable"]


@pytest.mark.parametrize("step", ["A > 2 + 7 = 9", "2x = 2 + 8 = 10", "answer > 2 + 7 = 9", "x + 1 = 2 + 7 = 9"])
def test_a_chain_is_accepted_only_whole(step: str) -> None:
    assert statuses([step])[0] != "entailed"


@pytest.mark.parametrize(
    ("step", "answer", "status"),
    [
        ("24 * 3 = 72", "72", "entailed"),
        ("24 * 3 = 72", "7200", "undecided"),
        ("24 * 3 = 72", "0.72", "undecided"),
        ("24 * 3 / 100 = 72%", "72", "entailed"),
        ("24 / 48 * 100 = 50", "50%", "entailed"),
        ("48 = 48", "48", "undecided"),
        ("48 < 50", "50", "undecided"),
        ("48 ≠ 50", "50", "undecided"),
        ("2 + 2 > 3", "3", "undecided"),
    ],
)
def test_answers_come_from_equations_that_hold(step: str, answer: str, status: str) -> None:
    verdict = check([step], answer=answer)
    assert verdict.answer is not None
    assert verdict.answer.claim.status.value == status


def test_an_answer_that_no_step_reached_is_as_many_steps_away_as_it_has_operations() -> None:
    question = "What is 2 * 5 + 3?"
    for steps, leap in ((["2 * 5 = 10", "10 + 3 = 13"], 1), (["2 + 3 = 5"], 2)):
        verdict = check(steps, question, answer="13")
        assert verdict.answer is not None
        assert verdict.answer.claim.status is Status.ENTAILED
        assert verdict.answer.claim.leap == leap


@pytest.mark.parametrize("question", ["What is 3 hours + 20 minutes?", "What is $5 + 5 cents?"])
def test_sums_of_different_units_are_not_asked_for_as_numbers(question: str) -> None:
    verdict = check(["3 = 3"], question, answer="23")
    assert verdict.answer is not None
    assert verdict.answer.claim.status is not Status.ENTAILED
    assert not verdict.verified


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("She sold <<48/2=24>>25 apples.", "undecided"),
        ("She sold <<48/2=24>>2400 apples.", "undecided"),
        ("She sold <<48/2=24>>24 apples.", "entailed"),
        ("She sold $<<50/100=0.5>>50 cents' worth.", "entailed"),
        ("It is <<12/24=0.5>>50%.", "entailed"),
        ("It is <<50+50=100>>$1.", "entailed"),
        ("48 / 2 = 24 apples, so the answer is 100.", "undecided"),
        ("48 / 2 = 24 apples, so the answer is 24.", "entailed"),
    ],
)
def test_what_is_said_of_a_result_is_held_against_it(step: str, status: str) -> None:
    assert statuses([step]) == [status]


@pytest.mark.parametrize(
    ("sentence", "step", "status"),
    [
        ("Nora sold 48 clips in April.", "Nora sold 48 clips in April.", "entailed"),
        ("Nora sold 48 clips in April, and half as many in May.", "Nora sold 48 clips in April.", "entailed"),
        ("If Nora sold 48 clips in April, she is glad.", "Nora sold 48 clips in April.", "untranslatable"),
        ("It is not so that Nora sold 48 clips in April.", "Nora sold 48 clips in April.", "untranslatable"),
        ("Nora sold 48 clips in April less than Tom.", "Nora sold 48 clips in April.", "untranslatable"),
        ("Nora hoped that Tom sold 48 clips.", "Tom sold 48 clips.", "untranslatable"),
    ],
)
def test_a_sentence_says_what_it_says_as_a_whole(sentence: str, step: str, status: str) -> None:
    assert statuses([step], sentence) == [status]


@pytest.mark.parametrize(
    "text", ["a " * 20000, " " * 20000, "1 + " * 5000, "1 + 1 = 2. " * 2000, "<<1+1=2>>2 " * 1000, "(1" * 3000]
)
def test_long_steps_are_read_in_a_few_passes(text: str) -> None:
    from verisearch.symbolic.arithmetic.quantities import LISTED

    # the pattern for lists begins where clauses do, so that its work doesn't grow with the square of a clause
    assert all(text[max(0, found.start() - 1)] in ".,;:?!" or found.start() == 0 for found in LISTED.finditer(text))
    assert statuses([text])[0] in ("entailed", "undecided", "untranslatable", "no-claim")
