"""Verdicts made by hand, so that the reports are tested without a solver: every status, and hostile text."""

from __future__ import annotations

from report_builders import claim, context, earlier, make, problem, step

from verisearch.trace import Problem, Sentence
from verisearch.verdict import (
    AnswerVerdict,
    CounterModel,
    Outcome,
    Premise,
    Proof,
    Status,
    TraceStatus,
    TraceVerdict,
    TruthValue,
    UnreadSentence,
)

HOSTILE = (
    "<script>window.hacked = 1</script>",
    '"><img src=x onerror="window.hacked = 1">',
    "</script><script>window.hacked = 1</script>",
    "<!--<script>",
    "]]>&amp;&lt;b&gt; {{ 7 * 7 }} {% raw %}",
    "line\u2028separator\u2029and \x1b[31mred\x1b[0m \x00 nul",
    "reversed \u202etxet\u202c end",
    "[bold red]markup[/bold red] :smile: \\N \\l \\\\",
)


GARDEN = (
    "Mira is patient. Mira is tall. Otto is loud. Otto is not tall. Patient people are calm. "
    "If someone is calm and tall then they are wise. All wise people are kind. Loud people are not calm. "
    "If the gate creaks, who knows what Otto does"
)


def valid() -> TraceVerdict:
    """Every step follows by one rule, and so does the answer."""
    steps = (
        step(
            1,
            "Mira is patient.",
            claim("Mira is patient", leap=0, formula="Patient(mira)", premises=(context(1, "Mira is patient."),)),
        ),
        step(
            2,
            "Since patient people are calm, Mira is calm.",
            claim(
                "patient people are calm",
                kind="cited",
                leap=0,
                formula="∀x (Patient(x) → Calm(x))",
                premises=(context(5, "Patient people are calm."),),
            ),
            claim(
                "Mira is calm",
                leap=1,
                formula="Calm(mira)",
                premises=(context(5, "Patient people are calm."), earlier(1, "Mira is patient.")),
            ),
        ),
        step(
            3,
            "So Mira is wise.",
            claim(
                "Mira is wise",
                leap=1,
                formula="Wise(mira)",
                premises=(
                    context(2, "Mira is tall."),
                    context(6, "If someone is calm and tall then they are wise."),
                    earlier(2, "Mira is calm", 1),
                ),
            ),
        ),
        step(
            4,
            "Therefore Mira is kind.",
            claim(
                "Mira is kind",
                leap=1,
                formula="Kind(mira)",
                premises=(context(7, "All wise people are kind."), earlier(3, "Mira is wise")),
            ),
        ),
    )
    answer = AnswerVerdict(
        given="True",
        proved=Outcome.TRUE,
        claim=claim(
            "Mira is kind.", kind="answer", leap=0, formula="Kind(mira)", premises=(earlier(4, "Mira is kind"),)
        ),
    )
    return make("garden-valid", GARDEN, "Mira is kind.", steps, answer, **formulas())


def formulas() -> dict[str, object]:
    readings = (
        "Patient(mira)",
        "Tall(mira)",
        "Loud(otto)",
        "¬Tall(otto)",
        "∀x (Patient(x) → Calm(x))",
        "∀x (Calm(x) ∧ Tall(x) → Wise(x))",
        "∀x (Wise(x) → Kind(x))",
        "∀x (Loud(x) → ¬Calm(x))",
        None,
    )
    unread = UnreadSentence(
        8, "If the gate creaks, who knows what Otto does.", "who knows", "no sentence shape fits here"
    )
    return {"context_formulas": readings, "unread": (unread,)}


def mixed() -> TraceVerdict:
    """All six statuses, leaps, several claims, a counter-model, a dependence on a failed step, an unread sentence."""
    steps = (
        step(1, "Let us see what is known about Otto and Mira."),
        step(
            2,
            "Mira is patient and patient people are calm, so Mira is calm.",
            claim(
                "Mira is patient",
                kind="cited",
                leap=0,
                formula="Patient(mira)",
                premises=(context(1, "Mira is patient."),),
            ),
            claim(
                "patient people are calm",
                kind="cited",
                leap=0,
                formula="∀x (Patient(x) → Calm(x))",
                premises=(context(5, "Patient people are calm."),),
            ),
            claim(
                "Mira is calm",
                leap=1,
                formula="Calm(mira)",
                premises=(earlier(2, "Mira is patient"), earlier(2, "patient people are calm", 1)),
            ),
        ),
        step(
            3,
            "Mira is kind.",
            claim(
                "Mira is kind",
                leap=2,
                formula="Kind(mira)",
                premises=(
                    context(2, "Mira is tall."),
                    context(6, "If someone is calm and tall then they are wise."),
                    context(7, "All wise people are kind."),
                    earlier(2, "Mira is calm", 2),
                ),
            ),
        ),
        step(
            4,
            "Otto is calm.",
            claim(
                "Otto is calm",
                Status.CONTRADICTED,
                formula="Calm(otto)",
                premises=(context(3, "Otto is loud."), context(8, "Loud people are not calm.")),
                reason="the opposite follows: Otto is not calm",
            ),
        ),
        step(
            5,
            "Otto is patient.",
            claim(
                "Otto is patient",
                Status.UNGROUNDED,
                formula="Patient(otto)",
                reason="nothing says that Otto is patient",
                counter_model=CounterModel(
                    "nothing says that Otto is patient; if he is not, everything before still holds",
                    (
                        TruthValue("Otto is patient", False),
                        TruthValue("Otto is loud", True),
                        TruthValue("Mira is calm", True),
                    ),
                ),
            ),
        ),
        step(
            6,
            "Otto is not wise.",
            claim(
                "Otto is not wise",
                Status.UNGROUNDED,
                formula="¬Wise(otto)",
                reason="nothing says that Otto is not wise",
                depends_on_failed=(4, 3),
                counter_model=CounterModel(
                    "Otto may be wise while all premises hold", (TruthValue("Otto is wise", True),)
                ),
            ),
        ),
        step(
            7,
            "Otto would rather be left alone, whatever Mira thinks of it.",
            claim(
                "Otto would rather be left alone, whatever Mira thinks of it",
                Status.UNTRANSLATABLE,
                unread="would rather",
                reason="no sentence shape fits here",
            ),
        ),
        step(
            8,
            "Nothing says that Mira is old.",
            claim(
                "Nothing says that Mira is old",
                Status.UNDECIDED,
                kind="not-derivable",
                formula="Old(mira)",
                reason="the solver reached its effort limit",
            ),
        ),
    )
    answer = AnswerVerdict(
        given="False",
        proved=Outcome.TRUE,
        claim=claim(
            "Mira is not kind.",
            Status.CONTRADICTED,
            kind="answer",
            formula="¬Kind(mira)",
            premises=(earlier(3, "Mira is kind"),),
            reason="the opposite follows: Mira is kind",
        ),
    )
    return make("garden-mixed", GARDEN, "Mira is kind.", steps, answer, **formulas())


def unknown_answer() -> TraceVerdict:
    """The answer Unknown, rightly given, after a claim that something isn't derivable."""
    steps = (
        step(1, "Otto is loud.", claim("Otto is loud", leap=0, premises=(context(3, "Otto is loud."),))),
        step(
            2, "Nothing says that Otto is kind.", claim("Nothing says that Otto is kind", kind="not-derivable", leap=0)
        ),
    )
    answer = AnswerVerdict(
        given="Unknown",
        proved=Outcome.UNKNOWN,
        claim=claim("Otto is kind.", kind="answer", reason="neither it nor its opposite follows from the context"),
    )
    return make("garden-unknown", GARDEN, "Otto is kind.", steps, answer)


def inconsistent() -> TraceVerdict:
    """A context that says both p and not p."""
    text = "Nell is quick. Nell is not quick. Quick people are lucky."
    steps = (
        step(
            1,
            "Nell is lucky.",
            claim("Nell is lucky", Status.UNDECIDED, reason="the context contradicts itself: Nell is quick"),
        ),
    )
    answer = AnswerVerdict(
        given="True",
        proved=Outcome.INCONSISTENT,
        claim=claim("Nell is lucky.", Status.UNDECIDED, kind="answer", reason="the context contradicts itself"),
    )
    return make("nell", text, "Nell is lucky.", steps, answer, context_inconsistent=True, logic="classical")


def commonsense() -> TraceVerdict:
    """Entailed modulo a commonsense premise; one claim holds vacuously."""
    text = "Ida was born in 2005. Ida lives with Bruno."
    granted = Premise("commonsense", 0, "Nobody is older than the years since their birth.")
    steps = (
        step(
            1,
            "Ida is at most 21.",
            claim(
                "Ida is at most 21",
                leap=1,
                formula="age(ida) <= 21",
                premises=(context(1, "Ida was born in 2005."), granted),
            ),
        ),
        step(
            2,
            "If Ida was born in 1990, she is a sailor.",
            claim(
                "If Ida was born in 1990, she is a sailor",
                vacuous=True,
                leap=1,
                premises=(context(1, "Ida was born in 2005."),),
            ),
        ),
    )
    return make("ida", text, None, steps, logic="classical", max_leap=None, notes=("a note of the checker",))


def hostile() -> TraceVerdict:
    """Markup, script ends, escape sequences and reversing characters in every field that holds text."""
    steps = tuple(
        step(
            number,
            text,
            claim(
                text,
                Status.UNGROUNDED,
                formula=text,
                premises=(context(number, text),),
                reason=text,
                unread=text,
                counter_model=CounterModel(text, (TruthValue(text, False),)),
            ),
        )
        for number, text in enumerate(HOSTILE, start=1)
    )
    sentences = tuple(Sentence(text, (0, len(text))) for text in HOSTILE)
    given = AnswerVerdict(given=HOSTILE[1], proved=Outcome.UNDECIDED, claim=claim(HOSTILE[2], kind="answer"))
    verdict = make("x", "None.", None, steps, given, formaliser=HOSTILE[1], notes=HOSTILE)
    return TraceVerdict(
        **{name: getattr(verdict, name) for name in verdict.__struct_fields__ if name not in ("problem", "unread")},
        problem=Problem(id=HOSTILE[0], context=sentences, question=HOSTILE[1], statement=HOSTILE[2]),
        unread=(UnreadSentence(0, HOSTILE[0], HOSTILE[1], HOSTILE[2]),),
    )


def chain(length: int, name: str = "chain") -> TraceVerdict:
    """A long chain in which every step rests on the one before and on a rule."""
    text = "Tove is level 0. " + " ".join(f"Level {n} people are level {n + 1}." for n in range(length))
    steps = tuple(
        step(
            n + 1,
            f"So Tove is level {n + 1}.",
            claim(
                f"Tove is level {n + 1}",
                leap=1,
                formula=f"Level{n + 1}(tove)",
                premises=(
                    context(n + 2, f"Level {n} people are level {n + 1}."),
                    earlier(n, f"Tove is level {n}") if n else context(1, "Tove is level 0."),
                ),
            ),
        )
        for n in range(length)
    )
    given = AnswerVerdict(
        given="True",
        proved=Outcome.TRUE,
        claim=claim(
            f"Tove is level {length}.", kind="answer", leap=0, premises=(earlier(length, f"Tove is level {length}"),)
        ),
    )
    return make(name, text, f"Tove is level {length}.", steps, given)


def empty() -> TraceVerdict:
    """A trace without context, steps or answer."""
    return TraceVerdict(
        problem=Problem(),
        logic="closed-world",
        formaliser="english",
        status=TraceStatus.UNVERIFIED,
        verified=False,
        max_leap=None,
        steps=(),
    )


def several() -> list[TraceVerdict]:
    return [mixed(), valid(), unknown_answer(), inconsistent(), commonsense(), hostile(), empty(), chain(9)]


def many(count: int) -> list[TraceVerdict]:
    """``count`` traces of changing kinds."""
    kinds = (valid, mixed, unknown_answer, lambda: chain(6), inconsistent, commonsense)
    return [kinds[number % len(kinds)]() for number in range(count)]


def proofs() -> list[Proof]:
    """A proof with each outcome."""
    whole = problem("garden", GARDEN, "Mira is kind.")
    settings = {"problem": whole, "statement": "Mira is kind.", "logic": "rules", "formaliser": "english"}
    why = (context(1, "Mira is patient."), context(5, "Patient people are calm."))
    model = CounterModel("nothing says that Mira is kind", (TruthValue("Mira is kind", False),))
    return [
        Proof(**settings, outcome=Outcome.TRUE, premises=why, depth=3, formula="Kind(mira)"),  # type: ignore[arg-type]
        Proof(**settings, outcome=Outcome.FALSE, premises=why, depth=1),  # type: ignore[arg-type]
        Proof(**settings, outcome=Outcome.UNKNOWN, counter_model=model, reason="neither follows"),  # type: ignore[arg-type]
        Proof(**settings, outcome=Outcome.INCONSISTENT, reason="Nell is and is not quick"),  # type: ignore[arg-type]
        Proof(**settings, outcome=Outcome.UNDECIDED, reason="out of effort"),  # type: ignore[arg-type]
    ]
