"""The connective tissue of model-written chains: closed lists of phrases around the claims.

Patterns match the words of a sentence in lower case, one space between them, punctuation marks as words of their own.
Every pattern here is exact about what it lets through: it may drop words that state nothing, never words that do.
"""

from __future__ import annotations

import re

__all__ = [
    "ANSWERS",
    "ANSWER_HEADING",
    "ANY",
    "ASKS_BELOW",
    "ASSERTING_QUESTION",
    "CITATION",
    "CITED_LEADS",
    "CONCLUDERS",
    "DENIALS",
    "LEADS",
    "NARROW_SOURCE",
    "NOT_DERIVABLE",
    "NOT_STATED",
    "NO_CLAIM",
    "NO_INFORMATION",
    "QUOTES_RULE",
    "QUOTE_STATED",
    "SINCE",
    "SINCE_PHRASES",
    "STATEMENT_VALUE",
    "TRAILS",
    "UNDECIDABLE",
]

QUALITY = r"(?:above |given |provided |original |logical |following |previous |stated |available |initial |direct )*"
MATTER = (
    r"(?:context|information|text|passage|problem|premises?|facts?|rules?|statements?|conditions?|sentences?|data|question"
    r"|reasoning|deductions?|inferences?|conclusions?|analysis|derivations?|relationships?|connections?|evidence|logic)"
)
ONE_SOURCE = rf"(?:the |this |these |that |those |our |all )*{QUALITY}{MATTER}(?: (?:given|provided|above|available|stated|so far))?(?: to us)?"
#: What a chain says it draws on: "the given information", "the rules and the facts in the context".
SOURCE = rf"{ONE_SOURCE}(?: ?(?:,|and|, and) {ONE_SOURCE})*(?: (?:in|of|from) the {QUALITY}(?:context|text|passage|information|problem))?"
#: One or more numbers of sentences or steps. A number ends where its digits end, or matching could take for ever.
NUMBER = r"(?:\( )?(?:# ?)?\d{1,5}(?!\d)(?: \))?"
NUMBERS = rf"{NUMBER}(?: (?:, and|,|and|&) {NUMBER})*"
PARTS = r"(?:rules?|steps?|points?|facts?|premises?|statements?|conclusions?|sentences?|lines?)"
WE = r"(?:we|you|one|i)"
CONCLUDE = (
    r"(?:conclude|infer|deduce|derive|say|see|determine|establish|know|tell|state|confirm|find|assert|note|ascertain)"
)
ADVERB = r"(?:also |already |now |then |therefore |thus |further |safely |logically |definitively |directly |conclusively |confidently |still |indeed )*"

#: Words at the front of a sentence that state nothing.
LEADS = re.compile(
    r"(?:so|therefore|thus|hence|then|also|and|but|additionally|furthermore|moreover|consequently|accordingly|as a result"
    r"|in addition|in conclusion|likewise|similarly|it follows that) ?[,:]? "
    r"|(?:now|finally|first|firstly|second|secondly|third|thirdly|next|lastly|again|however|in summary|in other words|in this case"
    r"|in turn|for example|for instance|conclusion|overall|to summarize|on the other hand|to conclude|as such|step \d+|fact|rule \d*"
    r"|given|specifically|clearly|obviously|note|yes|no|importantly|remember|recall|indeed|in fact|by definition|logically) ?[,:] "
    r"|(?:note|recall|remember) that "
    rf"|{WE} {ADVERB}(?:know|see|have|find|get|note|conclude|infer|deduce|learn) (?:that )?(?!the following|nothing|no |any|not )"
    rf"|{WE} (?:have|already) {ADVERB}(?:established|deduced|inferred|concluded|determined|shown|found|seen|derived) (?:that )?"
    rf"|{WE} (?:can|could|may|must) {ADVERB}{CONCLUDE} (?:that )?(?!the following|nothing|no |any|not |whether|if )"
    rf"|(?:it|this|that|which) {ADVERB}(?:follows|means|implies|shows|indicates|suggests|confirms|tells us) that "
    r"|(?:this|that|which|it|this (?:rule|condition|fact|statement|information)) (?:also |then |therefore |thus |clearly )*"
    r"(?:means|implies|shows|indicates|suggests|tells us|confirms)(?: that)? "
    rf"|it (?:can|may) {ADVERB}be {ADVERB}(?:concluded|inferred|deduced|said|seen|determined|derived) that "
    r"|(?:it|this|that) is (?:true|known|clear) that "
    rf"|(?:based|relying|depending) on {SOURCE} ?, |(?:from|according to|given|considering|using|by|as per|per|by applying) {SOURCE} ?, "
    rf"|(?:based on|from|according to|using|combining|by|by applying) (?:{PARTS} )?{NUMBERS} (?:, )?"
    rf"|(?:{WE} know )?(?:from|based on|according to) {SOURCE} that |(?:based on|from) (?:this|that|these) ?, "
)

#: Words at the front that say the claim stands in the context: it must then really stand there.
CITED_LEADS = re.compile(
    r"(?:it is (?:also )?(?:directly |explicitly )?(?:given|stated|mentioned|said|specified) (?:in (?:the )?(?:context|text|passage) )?that "
    rf"|{WE} are (?:also )?(?:directly |explicitly )?(?:given|told) (?:in (?:the )?(?:context|text|passage) )?that "
    r"|(?:the )?(?:given )?(?:context|text|passage|premises?|rules?|information|problem)(?: given| provided)? (?:also |explicitly |directly |clearly )*"
    r"(?:states?|says?|tells? us|mentions?|specif(?:y|ies)|gives?|provides?|includes?) that "
    r"|as (?:stated|given|mentioned) in (?:the )?(?:context|text|passage|information) ?, "
    r"|(?:the )?(?:given )?(?:rule|fact|statement|premise|condition) ?\d* (?:states|says|is) that "
    r"|(?:given fact|given rule|given|rule|fact|premise) ?\d* : "
    r"|(?:the )?(?:context|text|passage|information) (?:directly |explicitly )?states (?:that )?(?=[\"“])"
    r"|(?:now |next |then |finally )?let us (?:now |also |then |next )?(?:consider|use|apply|look at|recall|note) (?:the|this|another) (?:rule|fact|premise|condition)"
    r"(?: that| which)? (?:states?|says?|stating|saying)(?: that)? (?=[\"“]))"
)

#: Words at the end of a sentence that state nothing.
TRAILS = re.compile(
    rf" ?,? ?(?:(?:based on|from|according to|given|as per|per|in|by|under|using|due to)(?: solely| only| just)? {SOURCE}"
    r"|as (?:per the rules?|(?:stated|given|mentioned) (?:above|before|earlier))"
    rf"|(?:based on|from|according to|by|using) (?:{PARTS} )?{NUMBERS}"
    r"|based on (?:this|that|these)|as a result|by (?:this|that) rule|in this case|too|again|therefore|then"
    r"|(?P<given>(?:as )?(?:given|stated|mentioned)(?: in (?:the )?(?:context|text|passage|premises?))?)|as well) ?\.?$"
)

#: A parenthesis, or a remark of its own, that only says where a claim comes from.
CITATION = re.compile(
    rf"(?:as |this is |already )?(?P<given>(?:directly |explicitly |already )*(?:given|stated|fact|a fact|given fact|rule|given rule|a rule|premise|known|provided"
    rf"|from (?:the )?context|given information|given statement)(?: (?:directly|explicitly))?(?: (?:in|by|from) {SOURCE})?)"
    rf"|(?:this is )?(?:(?:derived |concluded |conclusion |inferred |deduced |follows |obtained )?(?:from|by|using|via|based on|see|according to|per) )?"
    rf"(?:the )?(?:{PARTS} |context )?{NUMBERS}(?: (?:and )?(?:the )?{PARTS} {NUMBERS})*(?: above)?"
    rf"|(?:this is )?(?:derived |concluded |inferred |deduced |follows )?(?:according to|from|by|based on|in|see|using|as per) {SOURCE}"
    rf"|(?:this is )?(?:according to|from|by|based on) the (?:previous|last) {PARTS}"
    r"|conclusion|inferred|derived|deduced|inference|deduction|by modus ponens|modus ponens|irrelevant(?: information)?"
)

#: Introduce premises of a conclusion in the same sentence.
SINCE = frozenset({"since", "because", "as"})
SINCE_PHRASES = (
    ("given", "that"),
    ("due", "to", "the", "fact", "that"),
    ("from", "the", "fact", "that"),
    ("knowing", "that"),
)

#: Between premises and their conclusion.
CONCLUDERS = re.compile(
    rf" ?,? ?(?:; |and |but )?(?:and so|so|therefore|thus|hence|consequently|then|accordingly|as a result|(?:which|this|it) {ADVERB}(?:means|implies|indicates|tells us|shows|confirms)(?: that)?"
    rf"|meaning(?: that)?|implying(?: that)?|making it (?:true|clear) that|it follows that|{WE} (?:can |could )?{ADVERB}(?:know|conclude|infer|deduce|get|derive|see|say)(?: that)?) ,? ?"
)

WHETHER = r"(?P<mode>whether(?: or not)?|if|that)"
STATEMENT_TRUE = r"(?:the truth(?: value)? of the (?:given )?(?:statement|claim|conclusion)(?: (?P<about>[\"“].*[\"”]))?|the (?:given )?(?:statement|claim|conclusion)(?: (?P<quoted>[\"“].*[\"”]))? is (?:true|false|true or false|true , false , or unknown))"
#: Say that a statement can't be derived.
NOT_DERIVABLE = re.compile(
    rf"(?:nothing (?:in {SOURCE} |here )?(?:says|states|implies|shows|tells us|proves|indicates|suggests) "
    rf"|{WE} (?:cannot|can not|do not|could not|are not able to|are unable to) {ADVERB}(?:be able to |actually |yet )*{CONCLUDE} "
    rf"(?:for (?:sure|certain) |with certainty |definitively |from this )?"
    rf"|it (?:is (?:unknown|not known|unclear|not clear|uncertain|not certain|impossible to (?:determine|say|know|tell|conclude)|not possible to (?:determine|say|know|tell|conclude))"
    rf"|cannot be {ADVERB}(?:determined|concluded|inferred|said|known|derived|deduced)|does not follow) "
    rf"|there is (?:no|not enough|insufficient) (?:way|information|evidence|rule|data|basis)(?: (?:given|provided|available|here))?"
    rf"(?: in {SOURCE})? to {ADVERB}{CONCLUDE} "
    rf"|{WE} (?:do not|don't) have (?:enough|any|sufficient) information (?:about |on |as to |to {ADVERB}{CONCLUDE} ))"
    rf"{WHETHER} "
)
#: Say that a statement doesn't stand in the context.
NOT_STATED = re.compile(
    rf"(?:(?:the )?(?:given )?(?:context|text|passage|information|premises?|problem|rules?)(?: given| provided)? (?:does|do) not (?:explicitly |directly |specifically )*"
    rf"(?:say|state|mention|tell us|specify|indicate|provide|give)(?: (?:any |us )?(?:direct )?information (?:about|on|as to))? "
    rf"|it is not (?:explicitly |directly |specifically )*(?:stated|mentioned|given|specified|said)(?: in {SOURCE})? "
    rf"|there is no (?:direct |explicit |specific )*(?:information|mention|statement|evidence)(?: (?:given|provided|available))?(?: in {SOURCE})? "
    rf"(?:about|on|as to|that says|that states|stating|saying) "
    rf"|{WE} do not have (?:any )?(?:direct |explicit |specific )+information (?:about|on|as to) )"
    rf"{WHETHER} "
)
#: Say that nothing is said "about A being B": read as "whether A is B".
NO_INFORMATION = re.compile(
    rf"(?:there is no|{WE} do not have(?: any)?|(?:the )?(?:given )?(?:context|text|passage|information)(?: given| provided)? does not (?:provide|give|contain|include)(?: us)?(?: with)?(?: any)?) "
    r"(?P<direct>(?:direct |explicit )?)(?:specific |other )?(?:information|evidence|mention|data|statement|indication)(?: (?:given|provided|available|stated))?"
    rf"(?: in {SOURCE})? (?:about|on|of|regarding|concerning) (?=.* being )"
)
#: Say that the truth of the queried (or a quoted) statement can't be told.
UNDECIDABLE = re.compile(
    rf"(?:{WE} (?:cannot|can not|do not|could not) {ADVERB}(?:be able to )?{CONCLUDE} (?:for (?:sure|certain) |with certainty )?(?:whether |if )?"
    rf"|it (?:is (?:unknown|unclear|not clear|impossible to (?:determine|say|know|tell)|not possible to (?:determine|say|know|tell))|cannot be {ADVERB}determined) (?:whether |if )"
    rf"|there is (?:no|not enough|insufficient) (?:way|information|evidence)(?: (?:given|provided|available))? to {ADVERB}{CONCLUDE} (?:whether |if )?)"
    rf"{STATEMENT_TRUE}"
)
#: All that say that something doesn't follow, or isn't said.
DENIALS = (NOT_DERIVABLE, NOT_STATED, NO_INFORMATION, UNDECIDABLE)
#: Behind a quoted statement: says that it stands in the context, or doesn't.
QUOTE_STATED = re.compile(
    rf" is (?P<no>not )?(?:directly |explicitly |also )*(?:given|stated|provided|mentioned)(?: as (?:a )?(?:fact|rule|true))?(?: (?:in|by) {SOURCE})?$"
)

#: A rule or fact is quoted: a claim that it stands somewhere, whatever stands around it.
QUOTES_RULE = re.compile(
    r"\b(?:rule|fact|premise|condition|statement|context|text)s?(?: that| which)? (?:states?|says?|stating|saying)(?: that)? “”"
)
#: One rule or statement, or some with numbers: that nothing follows from *these* is another claim than that nothing does.
NARROW_SOURCE = re.compile(rf"\b(?:(?:this|that|these|those) {QUALITY}{PARTS}\b|(?:{PARTS} )?{NUMBER})")
#: Under "nothing says that", these mean "some", not "all".
ANY = frozenset("any anyone anybody anything either ever".split())
#: Asks for the truth of the sentence that follows.
ASKS_BELOW = re.compile(r".*\bfollowing (?:statement|claim|conclusion)\b.*\?")

#: A question that says something besides: "Bob is nice, isn't he?", "given that Bob is nice, what follows?", "what about
#: Bob, who is nice?", "why is Bob nice?".
AUXILIARY = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may|might"
ASSERTING_QUESTION = re.compile(
    rf", (?:{AUXILIARY}|cannot|can't|won't)(?: not|n't)? (?:he|she|it|they|we|you|i|this|that|there)(?: not)? \?$"
    r"|, (?:right|correct|no|yes|true|okay|ok|agreed|surely|innit) \?$"
    r"|\b(?:given|knowing|seeing|considering|granted|now|provided) that\b|\b(?:since|because|although|though)\b"
    r"|(?:,|\() (?:who|which|that|whose|being)\b|\bwhy (?!not \?|so \?|\?)\w|\bhow come\b|\bdespite\b"
    r"|\b(?:do|does|did|is|are|was|were) (?:not|n't)\b.*\?$|\b(?:isn't|aren't|doesn't|don't|didn't|wasn't|weren't)\b"
    r"|[.;:] \w.* \?$|\b(?:therefore|thus|hence)\b.*, "
)

VALUES = "true|false|unknown|uncertain|undetermined"
ANSWER_NAME = r"(?:the )?(?:correct |final |right )?(?:answer|option|conclusion|choice)(?: to the question)?"
#: The final answer, or the truth value of the statement asked about.
ANSWERS = re.compile(
    rf"(?:{ANSWER_NAME} (?:is :|is|:) (?:option )?(?:: )?(?:\( )?(?:[abc] (?:\) )?(?:[:.] )?)?(?P<v1>{VALUES})"
    rf"|{ANSWER_NAME} (?:is :|is|:) (?:option )?(?:: )?(?:\( )?(?P<letter>[abc])(?: \))?"
    rf"|(?:the )?(?:given |original |queried )?(?:statement|conclusion|claim)(?: in question)? (?:is|must be|has to be|remains) {ADVERB}(?P<v2>{VALUES})"
    rf"|(?P<bare>(?:\(? ?[abc] ?\) )?(?P<v3>{VALUES})))"
)
#: Announces the final answer, which then stands by itself.
ANSWER_HEADING = rf"(?:(?:so|therefore|thus|hence) ?,? )?{ANSWER_NAME} is"
#: Behind a quoted statement: its truth value.
STATEMENT_VALUE = re.compile(rf" (?:is|must be|has to be) {ADVERB}(?P<value>{VALUES})$")

#: None of these words: what is left is no clause.
VERBLESS = r"(?:(?!\b(?:is|are|does|do|has|have|can|must|since|because|therefore|thus|if|assume|suppose|so|then|means?|implies)\b).)*"
PURPOSE = r"(?:\bto (?:determine|see|find out|find|conclude|decide|check|evaluate|understand|infer|answer|deduce)\b[^.;]*)?(?: ?[.:])?"
START = r"(?:(?:now|so|first|okay|next|then|finally|to start|to begin) ?,? )*"
PLAN = (
    r"(?:analy[sz]e|examine|look|consider|use|apply|follow|evaluate|go|break|reason|start|begin|identify|review|check|find|determine"
    r"|list|see|work|walk|proceed|think|solve|summarize|trace|focus|revisit|explore|assess|understand)"
)
#: Sentences that state nothing about the problem: headings, plans, announcements. Quoted text stands as “”.
NO_CLAIM = re.compile(
    r"(?:(?:reasoning|explanation|solution|conclusion|given|facts?|rules?|premises?|analysis|answer|summary|statements?|context|proof"
    r"|step \d+|therefore|so|thus|hence|inferences?|deductions?|conclusions?|given (?:facts?|rules?|information|statements?|context)|known facts?|now|next|finally"
    r"|step by step(?: reasoning)?|reasoning steps?|final answer|logical (?:steps|reasoning|deductions?)|from the context|question) ?[:.]?"
    rf"|{START}let us (?!say){PLAN}\b{VERBLESS}{PURPOSE}"
    rf"|{START}{WE} (?:can|need to|will|must|should|have to|'ll) (?:now |also |then |first |carefully )*(?:analy[sz]e|examine|look at|consider|use|apply|follow|evaluate|go through|break|identify|review){VERBLESS}{PURPOSE}"
    rf"|{START}to (?:determine|solve|answer|evaluate|find|figure|check|verify|assess|decide|analy[sz]e)\b[^.;]* , (?:let us|{WE} (?:need to|have to|must|should|can|will|'ll)) (?:first |now |carefully )*{PLAN}\b{VERBLESS}{PURPOSE}"
    rf"|{START}(?:based on|from|given|using|according to|considering) {SOURCE} ?,? ?(?:{WE} (?:can|could)? ?(?:{CONCLUDE}|make|draw|reason|have) ?(?:the following|as follows)?(?: {MATTER})?(?: about [a-z ]+)?)? ?[:.]?"
    rf"|{START}{WE} (?:know|have|can {CONCLUDE}|can make) the following(?: {MATTER})?(?: about [a-z ]+)? ?[:.]?"
    rf"|(?:here is|here are|this is|the following (?:is|are)|below (?:is|are)) (?:the |our |my )?(?:reasoning|steps|explanation|{SOURCE})(?: step by step)? ?[:.]?"
    rf"|{ANSWER_HEADING} ?[:.]|(?:#+ ?|- ?|\* ?|= ?|_ ?)+|[.:;,]+)"
)
