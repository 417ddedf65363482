"""Sentences without a computation: whether the problem says the same, or they state nothing."""

from __future__ import annotations

import re

from verisearch.logic.english.steps import read_step

__all__ = ["says", "states_nothing"]

#: Sentences about what is to be done, from a closed list: they state nothing.
PLAN = re.compile(
    r"\W*(?:(?:so|now|first|firstly|next|then|finally|to start|to begin with|lastly|second|third)\W+)*"
    r"(?:(?:let us|let['’]s|we(?:['’]ll| will| need to| have to| must| can| should| want to)?"
    r"|i(?:['’]ll| will| need to)?|you need to)\s+(?:now |first |then |also )?"
    r"(?:break|find|calculate|compute|determine|figure|start|begin|solve|consider|analy[sz]e|look|need|add|subtract"
    r"|multiply|divide|use|work|identify|understand)\b"
    r"|to (?:find|calculate|compute|determine|figure out|solve|answer|get)\b[^.]*,\s*(?:we|you|i|let)\b"
    r"|(?:find|calculate|compute|determine) the\b|(?:here is|here are|this is how|the steps are|step by step)\b)"
    r"[^=\d]*[.:!]?\s*",
    re.IGNORECASE,
)
#: What sentences are compared by, what parts their clauses, and words by which a clause isn't said to be so.
SAID = re.compile(r"[\w.%$'’]+|[-+*/=<>≤≥≠]")
CLAUSES = re.compile(r"[,;]\s+(?:and |but |so |then )?| and | but ")
HEDGES = re.compile(
    r"\b(?:if|unless|when|whenever|suppos\w*|assum\w*|would|could|might|not|never|no|neither|nor|instead|false|wrong"
    r"|imagin\w*|plan\w*|want\w*|hop\w*|until|without|or|either|except)\b|n['’]t\b",
    re.IGNORECASE,
)


def says(sentence: str, text: str) -> bool:
    """Whether ``sentence`` says ``text`` word by word, as a whole or as one of its clauses, with nothing about it that
    takes it back."""
    inner, outer = (" ".join(SAID.findall(each.lower())).strip(" .") for each in (text, sentence))
    if len(inner.split()) < 3 or sentence.rstrip().endswith("?"):
        return False
    if inner == outer:
        return True
    clauses = [" ".join(SAID.findall(each)).strip(" .") for each in CLAUSES.split(sentence.lower())]
    return inner in clauses and not HEDGES.search(sentence)


def states_nothing(text: str) -> bool:
    """Whether a sentence asks, announces or plans."""
    if PLAN.fullmatch(text) or text.rstrip(" *_").endswith(("?", ":")):
        return True
    return all(claim.kind == "no-claim" for claim in read_step(text).claims)
