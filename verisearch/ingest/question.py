"""What a question asks: the statement whose truth is in question, and the options it offers."""

from __future__ import annotations

import re

from verisearch.ingest.marks import unmark
from verisearch.ingest.sentences import split
from verisearch.trace import Span

__all__ = [
    "Options",
    "asks_number",
    "asks_truth",
    "expects_statement",
    "is_yes_no",
    "options_at",
    "question_options",
    "question_statement",
    "single_sentence",
]

#: Lettered options with their text, and where they stand in the question.
Options = tuple[list[str], Span]

#: Asks for a number: in words, or by an expression alone, as in "What is 3 * (4 + 5)?" and "3 + 4 =".
WHAT_NUMBER = (
    r"(?:number|total|sum|cost|price|average|mean|value|difference|product|amount|age|length|width|height|area|perimeter"
    r"|volume|speed|distance|weight|percentage|percent|probability|ratio|profit|remainder)"
)
QUANTITY = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|high|heavy|fast|wide|deep)\b[^.!]{0,400}\?"
    r"|\b(?:what|which) (?:number|percentage|percent|fraction|amount|sum|price|age|distance)\b[^.!]{0,400}\?"
    rf"|\bwhat (?:is|was|are|were|will be) (?:the |his |her |their |its )?(?:[\w'’-]{{1,30}} ){{0,3}}{WHAT_NUMBER}\b"
    r"|\bwhat (?:is|are|was) (?:the value of )?[a-zA-Z]\s?\?|\bwhat (?:is|are) [-+]?\(*\d[^?]{0,200}\?"
    r"|\b(?:solve(?: for [a-z]\b)?|find|calculate|compute|evaluate|determine|simplify)\b[^.!?]{0,200}"
    r"(?:[=^+*/]|\\frac|\d\s?-\s?\d)"
    rf"|\b(?:find|calculate|compute|determine) (?:the )?(?:[\w'’-]{{1,30}} ){{0,3}}{WHAT_NUMBER}\b",
    re.IGNORECASE,
)
SUM = re.compile(
    r"(?:(?:what is|what's|calculate|compute|evaluate|work out)\s*:?\s*)?[-\d\s.,+*/×÷^()%$]+(?:=\s*)?\??",
    re.IGNORECASE,
)

VALUE = r"(?:true|false|unknown|uncertain|undetermined|indeterminate)"
#: "true, false, or unknown", "true/false", "true or not true".
VALUES = rf"(?:{VALUE}(?:\s*(?:,\s*or\b|,|/|\bor\b)\s*(?:{VALUE}|neither|not(?:\s+true)?))+)"
NOUN = r"(?:statement|claim|conclusion|hypothesis|sentence|assertion|proposition)"
SUBJECT = rf"(?:(?:the\s+following|this|the\s+(?:given\s+)?)\s*{NOUN}(?:\s+below)?|the\s+following|this)"
TAIL = r"(?:\s*,?\s*(?:given|based|according)\b[^?:.\n]*)?"
#: Ways to ask for the truth of a statement that comes behind.
PROMPTS = (
    re.compile(rf"\bis\s+{SUBJECT}\s+(?P<values>{VALUES}|true|correct|entailed){TAIL}\s*[?:]\s*", re.IGNORECASE),
    re.compile(
        r"\b(?:determine|decide|say|tell|judge|assess|evaluate|check|find out|state|classify)\s+(?:\w+\s+)?"
        rf"(?:if|whether)\s+{SUBJECT}\s+is\s+(?P<values>{VALUES}|true|correct|entailed){TAIL}\s*[?:.]\s*",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:^|(?<=[.!?]\s)|(?<=\n))[*_ \t]*(?P<values>{VALUES})\s*[?:]\s*", re.IGNORECASE),
)
#: The statement stands inside: quoted, or as a clause.
QUOTED = re.compile(
    rf"\b(?:is|if|whether)\s+(?:the\s+|this\s+)?(?:following\s+)?{NOUN}\s*[:,]?\s*[\"“‘'](?P<inside>[^\"”\n]{{1,500}})[\"”’']"
    rf"\s*,?\s*(?:is\s+)?(?P<values>{VALUES}|true|correct)\b[^?.\n]*[?.]",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"\b(?:is\s+it\s+(?P<values>true|the\s+case|correct)|does\s+it\s+follow)\s+that\s+(?P<inside>[^?\n]{1,500}?)\s*\?",
    re.IGNORECASE,
)
#: "Is Bob kind?", "Is the cat kind?": one word each for subject and predicate, so one way only to turn it round.
PLAIN = re.compile(r"Is\s+(?P<subject>[A-Z][a-z]+|the\s+[a-z]+)\s+(?P<predicate>(?:an?\s+)?[a-z]+)\s*\?")
NO_SUBJECT = frozenset({"It", "This", "That", "There", "He", "She", "The", "Not", "What", "Which", "A", "An"})
NO_PREDICATE = frozenset({"not", "it", "that", "this", "there", "true", "false", "correct", "here", "who", "which"})

LABEL = re.compile(
    r"[*_#\s]*(?P<word>question|query|statement|claim|hypothesis|conclusion|proposition)[*_]*\s*:[*_]*\s*",
    re.IGNORECASE,
)
INSTRUCTION = re.compile(
    r"[*_\s]*(?:please|answer|respond|reply|choose|select|explain|think|let's|let us|give|show|provide|reason|justify"
    r"|use|options?|pick|write|you (?:must|should|can|may)|your (?:answer|response|task))\b",
    re.IGNORECASE,
)
IMPERATIVE = re.compile(
    r"(?:find|determine|prove|show|calculate|compute|evaluate|solve|take|choose|select|answer|decide|give|explain|tell|list|let"
    r"|simplify|express|write|what|who|how|which|when|where|why|state|check|consider|suppose|assume)\b",
    re.IGNORECASE,
)
OPTION_MARK = re.compile(r"(?:^|(?<=\s))[*_(]*(?P<letter>[A-Z])[*_]*(?P<mark>[).])[*_]*[ \t]+(?=\S)", re.MULTILINE)
OPTIONS_HEAD = re.compile(
    r"[*_]*(?:(?:the\s+)?(?:answer\s+)?(?:options|choices)(?:\s+are)?)[*_]*\s*:?[*_]*\s*\Z", re.IGNORECASE
)


def question_statement(question: str) -> str | None:
    """The statement whose truth ``question`` asks for, word by word; None where it asks for anything else.

    "Is the following statement true or false? Max is sour." asks for "Max is sour."; "Is it true that Bob is
    kind?" for "Bob is kind."; "Is Bob kind?" for "Bob is kind.", since there is one way only to turn it round;
    "Is the big cat kind?" for None, since there are two. A question about falsehood only is left alone: its "yes"
    means the contrary. A declarative sentence alone asks for itself.
    """
    text = without_options(question)
    prompt = last_prompt(text)
    if prompt:
        behind = text[prompt.end() :]
        return single_sentence(behind) if behind.strip() else labelled_before(text[: prompt.start()])
    for pattern in (QUOTED, CLAUSE):
        inside = {found["inside"] for found in pattern.finditer(text)}
        if inside:
            return as_sentence(inside.pop()) if len(inside) == 1 else None
    label = LABEL.match(text)
    body = text[label.end() :] if label else text
    if label and label["word"].lower() not in ("question", "query"):
        return single_sentence(body)
    return turned_round(body.strip()) or declarative(body)


def is_yes_no(question: str) -> bool:
    """Whether "yes" to ``question`` says that its statement is true, and "no" that it is false."""
    text = without_options(question)
    found = last_prompt(text) or CLAUSE.search(text)
    if found:
        return " ".join((found["values"] or "").lower().split()) in ("true", "correct", "the case")
    return turned_round(LABEL.sub("", text, count=1).strip()) is not None


def asks_truth(sentence: str) -> bool:
    """Whether ``sentence`` asks for the truth of a statement inside it or right behind it."""
    return any(pattern.search(sentence) for pattern in (*PROMPTS, QUOTED, CLAUSE))


def asks_number(question: str) -> bool:
    """Whether ``question`` asks how many or how much, or for the value of something written in figures."""
    computes = SUM.fullmatch(question.strip()) is not None and any(mark.isdigit() for mark in question)
    return computes or QUANTITY.search(question) is not None


def expects_statement(sentence: str) -> bool:
    """Whether ``sentence`` asks for the truth of a statement that comes behind it."""
    prompt = last_prompt(sentence)
    return prompt is not None and not sentence[prompt.end() :].strip("*_ ")


def last_prompt(text: str) -> re.Match[str] | None:
    """The last request for a truth value in ``text`` that offers "true"."""
    found = [match for pattern in PROMPTS for match in pattern.finditer(text)]
    offered = [match for match in found if re.search(r"true|correct|entailed", match["values"], re.IGNORECASE)]
    return max(offered, key=lambda match: match.end(), default=None)


def question_options(question: str) -> list[str]:
    """The lettered options that ``question`` offers, such as ["A) True", "B) False"]; empty if there are none."""
    found = options_at(question)
    return found[0] if found else []


def options_at(question: str) -> Options | None:
    """The last run of options lettered A, B, … in ``question`` and where it stands."""
    run: list[re.Match[str]] = []
    for mark in OPTION_MARK.finditer(question):
        if mark["letter"] == "A":
            run = [mark]
        elif run and ord(mark["letter"]) == ord(run[-1]["letter"]) + 1 and mark["mark"] == run[0]["mark"]:
            run.append(mark)
    if len(run) < 2:
        return None
    ends = [mark.start() for mark in run[1:]]
    last_line = question.find("\n", run[-1].end())
    ends.append(last_line if last_line >= 0 else len(question))
    texts = [f"{mark['letter']}) {question[mark.end() : end].strip()}" for mark, end in zip(run, ends, strict=True)]
    return texts, (run[0].start(), ends[-1])


def without_options(question: str) -> str:
    """``question`` up to its options."""
    found = options_at(question)
    if found is None:
        return question
    before = question[: found[1][0]].rstrip()
    head = OPTIONS_HEAD.search(before)
    return before[: head.start()] if head else before


def single_sentence(text: str) -> str | None:
    """``text`` if it is one declarative sentence (instructions behind it aside), else None."""
    label = LABEL.match(text)
    text = text[label.end() :] if label else text
    first, last = unmark(text, 0, len(text))
    text = text[first:last]
    if len(text) > 1 and text[0] in '"“' and text[-1] in '"”' and text.count('"') in (0, 2):
        text = text[1:-1]
    sentences = [sentence.text for sentence in split(text)]
    while len(sentences) > 1 and INSTRUCTION.match(sentences[-1]):
        sentences.pop()
    if len(sentences) != 1 or sentences[0].endswith("?"):
        return None
    return sentences[0]


def labelled_before(text: str) -> str | None:
    """The sentence behind "Statement:" in ``text``, where the question comes after it."""
    found = [match for match in LABEL.finditer(text) if match["word"].lower() not in ("question", "query")]
    return single_sentence(text[found[-1].end() :]) if found else None


def as_sentence(clause: str) -> str:
    """``clause`` with a capital and a full stop."""
    clause = clause.strip().rstrip(".").strip()
    return f"{clause[:1].upper()}{clause[1:]}."


def turned_round(question: str) -> str | None:
    """ "Is Bob kind?" as "Bob is kind."."""
    found = PLAIN.fullmatch(question)
    if not found or found["subject"] in NO_SUBJECT or found["predicate"].split()[-1] in NO_PREDICATE:
        return None
    return as_sentence(f"{found['subject']} is {found['predicate']}")


def declarative(text: str) -> str | None:
    """``text`` if it is one sentence with a full stop that is no instruction."""
    sentence = single_sentence(text)
    return sentence if sentence and sentence.endswith(".") and not IMPERATIVE.match(sentence) else None
