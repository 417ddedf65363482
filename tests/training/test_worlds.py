"""Generated worlds: their chains hold, their answers are right, and nothing on the surface gives the answers away."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest

import verisearch
from verisearch.ingest.reader import read_problem
from verisearch.ingest.textformat import trace_from_text
from verisearch.training.worlds.chain import ChainTooLongError, Place, Told, write_chain
from verisearch.training.worlds.generate import Example, Size, Theory, draw_theory, prompt
from verisearch.training.worlds.words import ADJECTIVES, NAMES, NOUNS, VERBS, draw_words, plural
from verisearch.training.worlds.world import VARIABLE, Literal, Rule, World, closure, flip
from verisearch.verdict import TraceVerdict

THEORIES = [draw_theory(Random(f"test {number}")) for number in range(400)]
EXAMPLES = [(theory, example) for theory in THEORIES for example in theory.examples]


def checked(theory: Theory, example: Example) -> TraceVerdict:
    problem = read_problem(list(theory.context), statement=example.statement)
    return verisearch.verify(trace_from_text(example.text, problem), max_leap=1)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_every_chain_is_verified_with_leaps_of_one_rule(level: float) -> None:
    for number in range(50):
        theory = draw_theory(Random(f"checked {level} {number}"), Size(level))
        example = theory.examples[number % len(theory.examples)]
        verdict = checked(theory, example)
        assert not verdict.unread, verdict.unread
        assert verdict.verified, (theory.context, example)


def test_answers_are_what_the_solver_says() -> None:
    proofs = [(verisearch.prove(each.statement, context=list(theory.context)), each) for theory, each in EXAMPLES[::23]]
    read = [(proof, example) for proof, example in proofs if not proof.unread]
    assert len(read) > 0.98 * len(proofs)  # an invented word can happen to be one that the reader won't take for a noun
    for proof, example in read:
        assert proof.outcome.value == example.answer.lower(), proof.reason
        assert example.depth == (proof.depth if proof.depth is not None else -1)


def test_look_ups_are_answered_as_chains_answer_their_first_question() -> None:
    compared = 0
    for theory in THEORIES:
        answers = dict(theory.lookups)
        for example in theory.examples:
            if example.chain[0].text in answers:
                compared += 1
                assert answers[example.chain[0].text].text == example.chain[1].text
    assert compared > 100


def test_a_sentence_that_is_looked_up_speaks_of_what_was_asked() -> None:
    kinds: Counter[str] = Counter()
    for theory in THEORIES:
        for question, line in theory.lookups:
            word = question.rstrip("?").split()[-1]
            if line.found is None:
                assert line.text.startswith("Nothing ")
                kinds["nothing"] += 1
                asked = question[question.index(" ") + 1 : -1].replace(f" {word}", f" is {word}")
                assert f"{asked[0].upper()}{asked[1:]}." not in theory.context
            else:
                kinds["found"] += 1
                sentence = theory.context[line.found.number]
                assert line.text == f"({line.found.number + theory.first}) {sentence}"
                assert {word, plural(word)} & set(sentence.rstrip(".").split())
    assert min(kinds.values()) > 200


def test_answers_are_balanced_and_depths_reach_six() -> None:
    answers = Counter(example.answer for _, example in EXAMPLES)
    assert all(0.15 < answers[label] / len(EXAMPLES) < 0.5 for label in ("True", "False", "Unknown"))
    depths = Counter(example.depth for _, example in EXAMPLES)
    assert all(depths[depth] for depth in range(-1, 7))
    assert max(depths.values()) / len(EXAMPLES) < 0.4


def test_the_statements_polarity_does_not_give_the_answer_away() -> None:
    for denied in (False, True):
        answers = Counter(example.answer for _, example in EXAMPLES if (" not " in example.statement) is denied)
        assert max(answers.values()) / sum(answers.values()) < 0.75


def test_rules_that_could_conclude_the_statement_do_not_give_the_answer_away() -> None:
    tried = Counter(example.answer for _, example in EXAMPLES if len(example.chain) > 6)
    assert tried["Unknown"] > 0.1 * tried.total()


def test_the_same_seed_draws_the_same_theory() -> None:
    assert draw_theory(Random("again")) == draw_theory(Random("again"))
    assert draw_theory(Random("again")) != draw_theory(Random("once more"))


def test_worlds_grow_with_their_level() -> None:
    def sentences(level: float) -> float:
        return sum(len(draw_theory(Random(f"size {number}"), Size(level)).context) for number in range(100)) / 100

    small, middle, large = sentences(0.0), sentences(0.4), sentences(1.0)
    assert small < 6
    assert small < middle < large


def test_worlds_have_invented_words_and_common_ones() -> None:
    drawn = [draw_words(Random(number)) for number in range(200)]
    for kind, known in (("names", NAMES), ("adjectives", ADJECTIVES)):
        words = [word for each in drawn for word in getattr(each, kind)]
        common = sum(word in known for word in words) / len(words)
        assert 0.4 < common < 0.9
    nouns = [noun.one for each in drawn for noun in each.nouns]
    assert 0.4 < sum(noun in NOUNS for noun in nouns) / len(nouns) < 0.9
    assert len(set(nouns)) > 1000


def test_no_word_is_of_two_kinds_in_one_world() -> None:
    for number in range(200):
        words = draw_words(Random(number))
        forms = [
            *words.adjectives,
            *(f for noun in words.nouns for f in {*noun}),
            *(f for verb in words.verbs for f in verb),
        ]
        assert len(forms) == len(set(forms))


def test_plurals() -> None:
    assert [plural(word) for word in ("cat", "fox", "puppy", "mouse", "wolf", "boy")] == [
        "cats",
        "foxes",
        "puppies",
        "mice",
        "wolves",
        "boys",
    ]
    assert len(set(VERBS)) == len(VERBS)


def test_a_contradictory_world_has_no_closure() -> None:
    kind, sad = Literal(True, "kind", "Bob"), Literal(True, "sad", VARIABLE)
    rules = (
        Rule((Literal(True, "kind", VARIABLE),), sad),
        Rule((Literal(True, "kind", VARIABLE),), flip(sad)),
    )
    assert closure(World(("Bob",), (kind,), rules)) is None
    assert closure(World(("Bob",), (kind,), rules[:1])) == {kind: 0, Literal(True, "sad", "Bob"): 1}


def test_a_chain_that_would_be_too_long_is_refused() -> None:
    names = [f"a{number}" for number in range(9)]
    rules = tuple(Rule((Literal(True, one, VARIABLE),), Literal(True, two, VARIABLE)) for one, two in pairwise(names))
    world = World(("Bob",), (Literal(True, "a0", "Bob"),), rules)
    known = closure(world)
    assert known is not None
    sentences = [*(f"If someone is {one} then they are {two}." for one, two in pairwise(names)), "Bob is a0."]
    told = Told(sentences, {world.facts[0]: len(rules)}, range(len(rules)))
    asked = Literal(True, "a8", "Bob")
    assert write_chain(world, known, told, asked)[-1].text == "The answer is True."
    with pytest.raises(ChainTooLongError):
        write_chain(world, known, told, asked, limit=10)


def test_circles_end() -> None:
    one, two = Literal(True, "kind", VARIABLE), Literal(True, "nice", VARIABLE)
    world = World(("Bob",), (), (Rule((one,), two), Rule((two,), one)))
    told = Told(["Kind people are nice.", "Nice people are kind."], {}, [0, 1])
    lines = write_chain(world, {}, told, Literal(True, "nice", "Bob"))
    assert [line.bulleted for line in lines] == [
        "- Is Bob nice?",
        "- (1) Kind people are nice.",
        "  - Is Bob kind?",
        "  - (2) Nice people are kind.",
        "    - Is Bob nice?",
        "    - Again?",
        "  - What else?",
        "- Nothing says that Bob is nice.",
        "- Is Bob not nice?",
        "- Nothing says that Bob is not nice.",
        "- The answer is Unknown.",
    ]


def test_what_hangs_on_an_open_question_is_not_settled_by_it() -> None:
    """Bob is kind if nice, and nice as he is tall. Asked about nice, nothing must be said against kind."""
    kind, nice, tall = (Literal(True, word, VARIABLE) for word in ("kind", "nice", "tall"))
    bob = tall._replace(subject="Bob")
    world = World(("Bob",), (bob,), (Rule((kind,), nice), Rule((nice,), kind), Rule((tall,), nice)))
    told = Told(
        ["Kind people are nice.", "Nice people are kind.", "Tall people are nice.", "Bob is tall."], {bob: 3}, [0, 1, 2]
    )
    known = closure(world)
    assert known is not None
    texts = [line.text for line in write_chain(world, known, told, nice._replace(subject="Bob"))]
    assert "Nothing says that Bob is kind." not in texts
    assert texts[-1] == "The answer is True."


def test_every_word_that_is_copied_stands_where_it_is_said_to() -> None:
    """Of a line's words, those behind the first come from the lines and sentences that it names."""
    for theory, example in EXAMPLES[::5]:
        lines = [line.text for line in example.chain]
        texts = {"context": list(theory.context), "chain": lines, "statement": [example.statement]}
        for number, line in enumerate(example.chain):
            for part in line.copied:
                kind, index = part.source.place
                assert kind != "chain" or index < number
                source = texts[kind][index][part.source.start : part.source.end].lower()
                words = line.text[part.start : part.end].strip(" .?").lower().split()
                # "says that", "does" and the like are nobody's
                own = {"says", "that", "is", "are", "does", "do", "a", "an", "hing"}
                known = [word for word in words if word in own or word[:3] in source]
                assert len(known) >= len(words) - 1, (line, source)
            if line.found is not None:
                assert line.found.kind == "context" or line.found.number < number
            if line.behind is not None:
                assert example.chain[line.behind.place.number].text.startswith("(")


def test_found_places_are_places() -> None:
    found = [line.found for _, example in EXAMPLES for line in example.chain if line.found is not None]
    assert {each.kind for each in found} == {"context", "chain"}
    assert Place("statement") not in found


def test_restated_sentences_stand_under_their_numbers() -> None:
    for theory, example in EXAMPLES[::7]:
        for line in example.chain:
            if line.text.startswith("("):
                number, _, sentence = line.text[1:].partition(") ")
                assert theory.context[int(number) - theory.first] == sentence


def test_the_prompt_has_a_sentence_a_line_and_the_statement_last() -> None:
    assert prompt(["Bob is kind.", "Anne is sad."], "Bob is nice.").splitlines() == [
        "(1) Bob is kind.(1)",
        "(2) Anne is sad.(2)",
        "True, false or unknown? Bob is nice.",
    ]
