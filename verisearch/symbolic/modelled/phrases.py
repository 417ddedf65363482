"""Phrases that a formula must have something for, or can have something only for: patterns, used by `wording`."""

from __future__ import annotations

import re

__all__ = [
    "ALIKE",
    "BOTH_WAYS",
    "CLAUSE",
    "CONDITION",
    "COUNTED",
    "EACH",
    "EITHER",
    "FORALL",
    "GENERAL",
    "HEDGE",
    "IDLE",
    "IF",
    "LESS",
    "MEASURED",
    "MORE",
    "NEGATIVE",
    "NOT_ALL",
    "NOT_BOTH",
    "ONLY",
    "ORDER",
    "PASSIVE",
    "SAME",
    "SOME",
    "SURE",
    "TURNED",
]

NEGATIVE = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|except|lacks?|lacking|lacked|fail\w*|"
    r"absen\w*|den(?:y|ies|ied)|false|incorrect|wrong|refus\w*|exclud\w*|prevent\w*|avoid\w*|rather|instead|other|"
    r"different|distinct|differ\w*|unlike|opposite|contra\w*|"
    r"(?!under|until|unless|uniq|unit|univ|uncle|union|in(?:to|side|ter|clu|crea|form|st|tell|tend|vit|vol|come|dustr|dia|di[vc])|"
    r"im(?:port|age|agin|pl|pr|med)|dis(?:tan|tri|cuss|cover|play|h)|mis(?:s\b|sion|ter|t\b))"
    r"(?:un|in|im|il|ir|non|dis|mis)[-a-z]{3,})\b|n[’']t\b",
    re.IGNORECASE,
)
#: Words that a formula may turn into a negation, though they aren't one.
TURNED = re.compile(
    r"\b(?:only|unless|exactly|unique\w*|at most|at least|less|fewer|few|more|under|below|above|over|than|either|"
    r"whether|until|before|after|hardly|rarely|seldom|stop\w*|quit\w*|ended|leaves?|left|alone|solely|else|single|sole)\b",
    re.IGNORECASE,
)
SURE = re.compile(
    r"\b(?:not|never|nobody|nothing|neither|nor|no|none|cannot|without|hardly|fails? to|failed to|lacks?|"
    r"(?:is|was|be|it's) (?:false|untrue|wrong|incorrect|a lie)(?= that)|denies|denied)\b|n[’']t\b",
    re.IGNORECASE,
)
#: Phrases with such a word that deny nothing.
IDLE = re.compile(
    r"\b(?:not only|no matter|no doubt|not just|whether or not|no longer than|no more than|no later than|"
    r"no less than|no fewer than|nothing but|no\. ?\d+)\b|\bno ?\. ?(?=\d)",
    re.IGNORECASE,
)
EITHER = re.compile(
    r"\b(?:or|either|unless|neither|nor|if|when\w*|any\w*|every\w*|each|all|at least|without|only)\b|/", re.I
)
IF = re.compile(r"\b(?:if|unless|provided|whenever|whoever)\b", re.IGNORECASE)
EACH = re.compile(
    r"\b(?:all|every|each|any|no|everyone|everybody|everything|anyone|anybody|anything|nobody|no one|whoever)\b", re.I
)
FORALL = re.compile(r"\b(?:all|every|each|everyone|everybody|everything|whoever|nobody|no one|none)\b", re.IGNORECASE)
NOT_ALL = re.compile(r"\bnot (?:all|every\w*)\b", re.IGNORECASE)
NOT_BOTH = re.compile(r"\bnot both\b", re.IGNORECASE)
BOTH_WAYS = re.compile(r"\b(?:if and only if|iff|when and only when|exactly (?:if|when))\b", re.IGNORECASE)
#: "all of them" may be told one by one, "all day" and "each other" tell nothing of all.
COUNTED = re.compile(
    r"\b(?:not (?:all|every\w*)|all of|all (?:the )?(?:day|night|time|over|kinds|sorts)|"
    r"(?:every|each) (?:\w+ )?(?:hours?|mornings?|evenings?|nights?|days?|weeks?|weekends?|months?|seasons?|"
    r"years?|times?|springs?|summers?|autumns?|winters?|\w+days?)|at all|each other|each of|"
    r"above all|after all|overall)\b",
    re.IGNORECASE,
)
SOME = re.compile(
    r"\b(?:some|there (?:is|are|exists?|was|were)|at least one|several|a few|certain|(?<!at )most|many|few)\b",
    re.IGNORECASE,
)
#: A text without any of these speaks of what it names and of nothing else.
GENERAL = re.compile(
    r"\b(?:all|every\w*|each|any\w*|no|none|nobody|nothing|who\w*|which|that|what\w*|if|when\w*|where\w*|unless|"
    r"only|always|never|a|an|one|ones|people|men|women|children|mice|feet|teeth|sheep|fish|cattle|you|your|we|they|their|"
    r"them|same|most|many|some\w*|other|others|else|anyone|things?|in general|generally|usually|"
    r"(?!(?:is|was|has|does|his|its|this|as|us|yes|plus|minus|less|thus|always)\b)[^\W\d_]*s)\b",
    re.IGNORECASE,
)
LESS = re.compile(
    r"\b(?:under|below|beneath|less than|fewer than|at most|younger than|up to|cheaper than|before)\b", re.I
)
MORE = re.compile(
    r"\b(?:over|above|more than|at least|older than|greater than|exceed\w*|higher than|after|beyond)\b", re.I
)
MEASURED = re.compile(
    r"\b(?:under|over|below|above|at most|at least|(?:less|more|fewer|older|younger) than) \$?\d", re.I
)
ALIKE = re.compile(
    r"\b(?:same|identical\w*|equal\w*|only|one|no other|else|unique\w*|single|exactly|two|at most|is|are|was|were|be|"
    r"called|named|known as|alias|differ\w*|distinct|both|other|another|more than|most|est)\b|['’]s\b|\w+est\b",
    re.IGNORECASE,
)
SAME = re.compile(
    r"\b(?:same|identical\w*|equal\w*|only|one|no other|else|unique\w*|single|exactly|at most|different|differ\w*|"
    r"distinct|both|two|\w+est)\b",
    re.IGNORECASE,
)
#: What is said, thought or wished isn't thereby so.
HEDGE = re.compile(
    r"\b(?:perhaps|maybe|possibly|probably|(?:may|could|would)(?! not)|might|hardly|scarcely|rarely|seldom|former|"
    r"formerly|fake|so-called|typically|usually|generally|normally|dream(?:t|ed)|once(?= \w+ed\b)|"
    r"in (?:the|a) (?:film|story|novel|play|dream)|"
    r"almost|nearly|barely|allegedly|supposedly|apparently|reportedly|"
    r"presumably|"
    r"(?:say|claim|believe|think|hope|wish|suspect|guess|suppose|assume|imagine|pretend|insist|allege|suggest|argue|deny)"
    r"(?:s|es|d|ed)?(?= that\b)|"
    r"(?:suppose|assume|imagine|pretend|said|believed|thought|claimed|rumou?red|alleged)(?= (?:to|that))|"
    r"thinks|believes|says|hopes|claims|doubts|wonders|suspects|fears|whether|should|"
    r"(?!(?:is|are|was|were|has|have|had|going|known|said|likely|able|not|order|enough)\b)[a-z]+"
    r"(?= (?:to be|being)\b))\b",
    re.IGNORECASE,
)
#: Begins an order, which states nothing.
ORDER = re.compile(
    r"\W*(?:please\W+|kindly\W+|now\W+|you (?:must|should|have to|are to)\W+)*"
    r"(?P<verb>write|translate|ignore|say|answer|treat|call|declare|assume|note|remember|output|assert|formali[sz]e|please|pretend|suppose|take|consider|repeat|print|quote|"
    r"replace|imagine|give|add|keep|set|disregard|forget|respond|reply|return|mark|accept|regard|tell|think)\b",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"\W*(?:(?:so|thus|hence|therefore|and|but|then|also|since)\b\W*)*"
    r"(?:if|all|every|each|any|whoever|everyone|everybody|everything|anyone)\b",
    re.IGNORECASE,
)
ONLY = re.compile(r"\W*(?:(?:so|thus|hence|therefore|and|but)\b\W*)*only\b", re.IGNORECASE)
PASSIVE = re.compile(
    r"\b(?:by|of|whose|which|that|who|whom|where|from|both|between|his|her|their|its)\b|['’]s?\b", re.IGNORECASE
)
CLAUSE = re.compile(r"[,;:—]|\b(?:if|then|because|while|whereas|but|unless)\b", re.IGNORECASE)
