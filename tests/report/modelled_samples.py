"""A verdict by hand on a chain that a language model formalised: commonsense, a fact of the question, refusals."""

from __future__ import annotations

from report_builders import claim, context, earlier, make, step
from report_samples import HOSTILE

from verisearch.usage import Usage
from verisearch.verdict import (
    AnswerVerdict,
    ClaimVerdict,
    Outcome,
    Premise,
    RefusedPremise,
    Status,
    TraceVerdict,
)

__all__ = ["AGE", "BENEFIT", "LIVING", "hostile_model", "modelled"]

BENEFIT = (
    "Ida was born in 2005. Ida lives with Bruno, her parent. Nothing here is of use. "
    "Whoever is under 21 and lives with a parent is entitled."
)
AGE = "A person's age in a year is at most that year minus the year of birth."
LIVING = "Whoever lives with someone shares a home with them."
ASKED = "The year is 2025."
REFUSED = (
    RefusedPremise("commonsense", "Sailors are at home everywhere.", "it gives the step all by itself"),
    RefusedPremise("context", "Ida is a sailor.", "these words don't stand in the source"),
    RefusedPremise("commonsense", LIVING, "it may stand, but the step doesn't follow with it"),
)


def modelled(**fields: object) -> TraceVerdict:
    """Step 2 rests on commonsense, step 3 and the answer on step 2; step 4 has no ground, three were named for it."""
    granted = Premise("commonsense", 0, AGE, formula="∀x:Person ∀y:Int (age(x, y) ≤ y - birth_year(x))")
    sharing = Premise("commonsense", 1, LIVING, formula="∀x:Person ∀y:Person (lives_with(x, y) → shares(x, y))")
    asked = Premise("question", 0, ASKED, formula="now = 2025")
    steps = (
        step(
            1,
            "Ida was born in 2005 and lives with her parent.",
            claim(
                "Ida was born in 2005",
                leap=0,
                formula="birth_year(ida:Person) = 2005",
                read_as="the year Ida was born in is equal to 2005",
                premises=(context(1, "Ida was born in 2005."),),
            ),
            claim(
                "lives with her parent",
                formula="∃p:Person lives_with(ida, p)",
                read_as="there is Person p such that Ida lives with p",
                premises=(context(2, "Ida lives with Bruno, her parent."),),
            ),
        ),
        step(
            2,
            "So she is at most 20 now.",
            claim(
                "So she is at most 20 now",
                formula="age(ida:Person, 2025) ≤ 20",
                read_as="the age of Ida in 2025 is at most 20",
                premises=(earlier(1, "Ida was born in 2005", 0), asked, granted),
            ),
        ),
        step(
            3,
            "So Ida shares a home and is under 21.",
            claim(
                "So Ida shares a home and is under 21",
                formula="age(ida:Person, 2025) < 21",
                read_as="the age of Ida in 2025 is less than 21",
                premises=(earlier(1, "lives with her parent", 1), earlier(2, "So she is at most 20 now"), sharing),
            ),
        ),
        step(
            4,
            "So Ida is at home at sea.",
            claim(
                "So Ida is at home at sea",
                Status.UNGROUNDED,
                formula="home(ida:Person)",
                read_as="Ida is at home at sea",
                reason="it doesn't follow with 1 premise named for it either; 2 premises named for it were refused",
                refused=REFUSED,
            ),
        ),
    )
    answer = AnswerVerdict(
        given="True",
        proved=Outcome.TRUE,
        claim=claim("Ida is under 21.", kind="answer", premises=(earlier(3, "So Ida shares a home and is under 21"),)),
    )
    settings: dict[str, object] = {
        "logic": "classical",
        "formaliser": "llm",
        "model": "some-model",
        "prompts": {"formalise": "0123456789abcdef" * 4, "premises": "fedcba9876543210" * 4},
        "context_formulas": ("birth_year(ida:Person) = 2005", "∃p:Person lives_with(ida, p)", None, None),
        "quoted": (0, 1),
        "max_leap": None,
        "usage": Usage(solver_calls=17, solver_effort=4211, seconds=0.0123, formaliser_calls=9, formaliser_tokens=90),
        **fields,
    }
    return make("ida-benefit", BENEFIT, "Ida is under 21.", steps, answer, **settings)


def hostile_model() -> TraceVerdict:
    """Hostile text in every field that a model writes."""
    steps = tuple(
        step(number, text, hostile_claim(number, text), hostile_claim(number, text))
        for number, text in enumerate(HOSTILE, start=1)
    )
    prompts = {text: text for text in HOSTILE}
    return make("x", "None.", None, steps, formaliser="llm", model=HOSTILE[1], prompts=prompts)


def hostile_claim(number: int, text: str) -> ClaimVerdict:
    return claim(
        text,
        Status.UNGROUNDED if number % 2 else Status.ENTAILED,
        read_as=text,
        premises=(Premise("commonsense", number - 1, text), Premise("question", number - 1, text)),
        refused=(RefusedPremise("commonsense", text, text),),
    )
