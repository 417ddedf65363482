"""The connective tissue of model-written chains: closed lists of phrases around the claims.

Patterns match the words of a sentence in lower case, one space between them, punctuation marks as words of their own.
Every pattern here is exact about what it lets through: it may drop words that state nothing, never words that do.
"""

from __future__ import annotations

import re

__all__ = [
    "ANSWERS",
    "CITATION",
    "CITED_LEADS",
    "CONCLUDERS",
    "LEADS",
    "NOT_DERIVABLE",
    "NOT_STATED",
    "NO_CLAIM",
    "SINCE",
    "TRAILS",
]

SOURCE = (
    r"(?:the )?(?:above |given |provided |original )*(?:context|information|text|passage|problem|premises?|facts?|rules?"
    r"|statements?|conditions?|sentences?|data|question)(?: (?:given|provided|above))?(?: (?:in|of|from) the (?:context|text|passage"
    r"|information|problem))?"
)
NUMBERS = r"(?:\(? ?#? ?\d+ ?\)?(?: ?, ?| and | & |, and )?)+"
WE = r"(?:we|you|one|i)"
CONCLUDE = r"(?:conclude|infer|deduce|derive|say|see|determine|establish|know|tell|state|confirm|find|assert|note)"

#: Words at the front of a sentence that state nothing.
LEADS = re.compile(
    r"(?:(?:so|therefore|thus|hence|then|now|also|additionally|furthermore|moreover|finally|first|firstly|second|secondly"
    r"|third|thirdly|next|lastly|similarly|consequently|accordingly|again|and|but|however|in addition|as a result|in conclusion|in summary"
    r"|in other words|in this case|in turn|for example|for instance|conclusion|overall|to summarize|on the other hand|to conclude"
    r"|by extension|likewise|as such|step \d+|fact|rule \d*|given|specifically|clearly|obviously|note|note that|yes|no) ?[,:]? )"
    rf"|{WE} (?:also |already |can also |now |then |therefore |thus |further )*(?:know|see|have|find|get|note|conclude|infer|deduce|learn) (?:that )"
    rf"|{WE} (?:can|could|may|must) (?:also |now |then |therefore |thus |safely |further |logically )*{CONCLUDE} (?:that )"
    r"|(?:it|this|that|which) (?:also |then |therefore |thus |clearly )?(?:follows|means|implies|shows|indicates|suggests|confirms"
    r"|tells us|leads to the conclusion|results in the fact) (?:that )"
    r"|(?:it can|it may) (?:also |now |then |therefore |thus )?be (?:concluded|inferred|deduced|said|seen|determined|derived) (?:that )"
    r"|(?:it|this|that) is (?:true|known|clear) (?:that )"
    rf"|(?:based on|from|according to|given|considering|using|by|as per|per) (?:this|that|these|{SOURCE}|rules? {NUMBERS}"
    rf"|(?:steps?|points?|facts?|premises?|statements?)? ?{NUMBERS}) ?,? (?!is |are |does )(?={WE} |it |that |the |if |[a-z]+ (?:is|are|does) )"
    r"|applying (?:this|the|these) rules? ?,? (?=we |it |the |[a-z]+ (?:is|are|does) )"
)

#: Words at the front that say the claim stands in the context: it must then really stand there.
CITED_LEADS = re.compile(
    r"(?:it is|it's) (?:also )?(?:given|stated|mentioned|said|specified) (?:in (?:the )?(?:context|text|passage) )?(?:that )"
    rf"|{WE} are (?:also )?(?:given|told) (?:in (?:the )?(?:context|text|passage) )?(?:that )"
    rf"|(?:the )?(?:context|text|passage|premises?|rules?|information|problem)(?: given| provided)? (?:also |explicitly |directly |clearly )*"
    r"(?:states?|says?|tells? us|mentions?|specif(?:y|ies)|gives?|provides?|includes?) (?:that )"
    rf"|as (?:stated|given|mentioned) in {SOURCE} ?, "
    rf"|(?:the )?(?:given )?(?:rule|fact|statement|premise|condition) ?\d* (?:states|says|is) (?:that )"
    r"|(?:given fact|given rule|given|rule|fact|premise) ?\d* : "
)

#: Words at the end of a sentence that state nothing.
TRAILS = re.compile(
    rf" ?,? ?(?:(?:based on|from|according to|given|as per|per|in|by|under|using) (?:these |this |that |only |just |all )?{SOURCE}"
    r"|as (?:stated|given|mentioned|per the rules?|well)(?: in (?:the )?(?:context|text|passage|premises?))?(?: (?:above|before|earlier))?"
    rf"|(?:based on|from|according to|by|using) (?:rules?|steps?|points?|facts?|premises?|statements?|conclusions?)? ?{NUMBERS}"
    r"|based on (?:this|that|these)|as a result|by (?:this|that) rule|in this case|or not|either|too|again|therefore|then"
    r"|(?:given|stated) (?:in the (?:context|text|passage))|given|stated) ?\.?$"
)

#: A parenthesis that only says where a claim comes from.
CITATION = re.compile(
    rf"(?:as )?(?P<given>(?:directly |explicitly |already )?(?:given|stated|fact|a fact|given fact|rule|given rule|a rule|premise|known|provided|from (?:the )?context"
    rf"|given information)(?: (?:in|by|from) (?:the )?(?:{SOURCE}))?(?: ?#?\d+)?)"
    rf"|(?:(?:derived |concluded |conclusion |inferred |deduced |follows |obtained )?(?:from|by|using|via|based on|see|according to|per) )?(?:(?:the )?(?:rules?|steps?|points?"
    rf"|facts?|premises?|statements?|conclusions?|sentences?|context|lines?|#)? ?{NUMBERS}(?:and )?)+(?: above)?"
    rf"|(?:according to|from|by|based on|in|see|using|as per) (?:the )?(?:{SOURCE}|previous (?:step|conclusion)s?)(?: above)?"
    r"|conclusion|inferred|derived|deduced|by modus ponens|modus ponens"
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
    r" ?,? ?(?:; |and )?(?:so|therefore|thus|hence|consequently|and so|then|accordingly|as a result|which means(?: that)?|this means(?: that)?|meaning(?: that)?"
    r"|which implies(?: that)?|implying(?: that)?|it follows that|we (?:can )?(?:know|conclude|infer|deduce|get|derive|see|say) that) ,? ?"
)

WHETHER = r"(?P<mode>whether(?: or not)?|if|that)"
#: Say that a statement can't be derived.
NOT_DERIVABLE = re.compile(
    rf"(?:nothing (?:in {SOURCE} |here )?(?:says|states|implies|shows|tells us|proves|indicates|suggests) "
    rf"|{WE} (?:cannot|can not|do not|don't|could not) (?:definitively |directly |conclusively |logically |be able to |actually |yet )*{CONCLUDE} "
    rf"(?:for (?:sure|certain) |with certainty |definitively |from this )?"
    rf"|it (?:is (?:unknown|not known|unclear|not clear|uncertain|not certain|impossible to (?:determine|say|know|tell)|not possible to (?:determine|say|know|tell))"
    rf"|cannot be (?:determined|concluded|inferred|said|known|derived|deduced)|does not follow|can not be determined) "
    rf"|there is (?:no|not enough|insufficient) (?:way|information|evidence|rule|data|basis)(?: (?:given|provided|available|here))?"
    rf"(?: in {SOURCE})? to (?:definitively |conclusively )*{CONCLUDE} )"
    rf"{WHETHER} "
)
#: Say that a statement doesn't stand in the context.
NOT_STATED = re.compile(
    rf"(?:(?:the )?(?:given )?(?:context|text|passage|information|premises?|problem|rules?)(?: given| provided)? (?:does|do) not (?:explicitly |directly |specifically )*"
    rf"(?:say|state|mention|tell us|specify|indicate|provide|give)(?: (?:any |us )?(?:direct )?information (?:about|on|as to))? "
    rf"|it is not (?:explicitly |directly |specifically )*(?:stated|mentioned|given|specified|said)(?: in {SOURCE})? "
    rf"|there is no (?:direct |explicit |specific )*(?:information|mention|statement|evidence)(?: (?:given|provided|available))?(?: in {SOURCE})? "
    rf"(?:about|on|as to|that says|that states|stating|saying) )"
    rf"{WHETHER} "
)

VALUES = "true|false|unknown|uncertain|undetermined"
#: The final answer, or the truth value of the statement asked about.
ANSWERS = re.compile(
    rf"(?:(?:the )?(?:correct |final |right )?(?:answer|option|conclusion|choice)(?: to the question)?(?: is| would be|:| is :)+ ?(?:option )?:? ?\(? ?(?:[abc] ?\)? ?[:.]? ?)?(?P<v1>{VALUES})"
    r"|(?:the )?(?:correct |final |right )?(?:answer|option|choice)(?: is|:| is :)+ ?(?:option )?:? ?\(? ?(?P<letter>[abc]) ?\)?"
    rf"|(?:the )?(?:given |original |queried )?(?:statement|conclusion|claim)(?: in question)? (?:is|must be|has to be|would be|remains) (?:therefore |thus |definitely |indeed |also )*(?P<v2>{VALUES})"
    rf"|\(? ?[abc] ?\) (?P<v3>{VALUES})|(?P<v4>{VALUES}))"
)
#: A statement quoted or named, and its truth value.
STATEMENT_VALUE = re.compile(
    rf"(?: is| must be| would be) (?:therefore |thus |indeed |definitely |also |)*(?P<value>{VALUES})$"
)

#: Sentences that state nothing about the problem: headings, plans, announcements.
NO_CLAIM = re.compile(
    r"(?:(?:reasoning|explanation|solution|conclusion|given|facts?|rules?|premises?|analysis|answer|summary|statements?|context|proof"
    r"|step \d+|therefore|so|thus|hence|inferences?|deductions?|conclusions?|given (?:facts?|rules?|information|statements?)|known facts?|now|next|finally"
    r"|step by step reasoning|reasoning steps?|final answer|logical (?:steps|reasoning)) ?[:.]?"
    rf"|(?:now ,? |so ,? |first ,? |okay ,? )?let (?:us|'s|’ s|' s) (?:break (?:this|it|{SOURCE}) down|(?:go|look|work|walk) (?:through|at) (?:it|{SOURCE})|(?:analyze|examine|review|consider|evaluate|list|use|apply|follow|identify) {SOURCE}"
    rf"|reason|think|start|begin|go|proceed)(?: (?:logically|together|carefully|again|first|one by one|(?:,? ?(?:and )?(?:step by step|apply it(?: step by step)?|solve it))|with {SOURCE}|by (?:analyzing|looking at|examining|listing|breaking down) {SOURCE}))* ?[:.]?"
    rf"|{WE} (?:can|need to|will|must|should|have to) (?:now |also |then |first )?(?:analyze|examine|look at|consider|use|apply|follow|evaluate|go through|break down|reason (?:through|about)|start (?:with|by)|proceed) (?:{SOURCE}|it|this)?(?: (?:step by step|logically|carefully|and reason step by step))? ?[:.]?"
    rf"|(?:based on|from|given|using) (?:these|this|{SOURCE}) ?,? (?:{WE} (?:can|have|know|could) ?(?:conclude|infer|deduce|make|draw|derive|reason|say|see|determine)? ?(?:the following(?: (?:inferences|conclusions|deductions|facts))?|as follows|that)?)? ?[:.]?"
    rf"|{WE} (?:know|have|can (?:conclude|infer|deduce|see)) the following(?: (?:facts|rules|information|statements|inferences|conclusions))? ?[:.]?"
    rf"|(?:here is|here are|this is|the following (?:is|are)) (?:the |our |my )?(?:reasoning|steps|explanation|{SOURCE})(?: step by step)? ?[:.]?"
    rf"|to (?:determine|solve|answer|evaluate|find|find out|figure out|check|verify|assess|decide|analyze) (?:whether|if|the|this)[^.;]* , (?:we|let us|let 's|let ' s|let ’ s|i) (?:need to|can|will|must|should|have to|'ll)? ?(?:first |now |carefully )*(?:analyze|examine|look at|consider|use|apply|follow|evaluate|go through|break|reason|start|identify|review|check|find|determine if|determine whether)[^.;]* ?[:.]?"
    r"|(?:#+ ?|- ?|\* ?|= ?|_ ?)+|[.:;,]+)"
)
