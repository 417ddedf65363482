"""The closed word classes of the controlled English: everything not listed here is open vocabulary."""

from __future__ import annotations

__all__ = [
    "ADVERBS",
    "ARTICLES",
    "CLAUSE_JOINERS",
    "COLLECTIVE",
    "FUNCTION_WORDS",
    "GENERIC_NOUNS",
    "GENERIC_PRONOUNS",
    "META_NOUNS",
    "META_PREDICATES",
    "NEGATIVE_PRONOUNS",
    "NOUNS_IN_LY",
    "PERSON_PRONOUNS",
    "PLURAL_PRONOUNS",
    "PRONOUNS",
    "QUANTIFIERS",
    "UNIVERSAL_PRONOUNS",
]

ARTICLES = frozenset({"a", "an"})

#: Introduce the variable of a rule ("if someone is kind …"; "if everyone is kind" takes all of them).
GENERIC_PRONOUNS = frozenset("someone something somebody anyone anything anybody".split())
#: Make a statement about all things when they stand outside an "if".
UNIVERSAL_PRONOUNS = frozenset("everyone everything everybody anyone anything anybody".split())
NEGATIVE_PRONOUNS = frozenset({"nothing", "nobody", "none"})
#: Stand for persons: "it" does not refer to them if something else was named.
PERSON_PRONOUNS = frozenset("someone somebody anyone anybody".split())

#: Refer back to a rule's variable, or to the only thing named so far.
PRONOUNS = frozenset("it they he she".split())
PLURAL_PRONOUNS = frozenset({"they"})

#: Plural nouns that name no kind: "red things" are just whatever is red.
GENERIC_NOUNS = frozenset({"things", "people", "persons", "folks", "ones"})

#: May follow a finished clause.
CLAUSE_JOINERS = frozenset("and but then so because since as if therefore thus hence which or".split())

QUANTIFIERS = frozenset({"all", "every", "each", "any", "no"})

#: Carry no truth condition: skipped where they may stand, but never after "not" ("not always" is no "never").
ADVERBS = frozenset(
    "also actually therefore thus hence then indeed consequently accordingly now always clearly certainly definitely "
    "furthermore moreover again so".split()
)

#: Words that are never a name, a noun, an adjective or a verb of the open vocabulary.
FUNCTION_WORDS = (
    frozenset(
        "a an the and or but nor not neither either both if then else unless iff is are was were be been being am "
        "do does did done have has had having will would shall should can could may might must cannot i you we he "
        "she it they me him her us them my your his its our their this that these those there here who whom whose "
        "which what when where why how whether of to in on at by for from with without about as than into onto over "
        "under up down off out around along across toward towards within behind beside besides near inside outside "
        "throughout underneath beneath beyond versus unlike between through during before after above below against "
        "among per via upon because since so therefore thus hence although though while whereas however despite "
        "except all every each any no none some most many much few several more less least other another same such "
        "only very quite rather just even ever never not nothing nobody something someone somebody anything anyone "
        "anybody everything everyone everybody yes let unless until when whenever maybe perhaps probably possibly "
        "suppose supposing assume assuming imagine apparently supposedly presumably hypothetically likely unlikely "
        "otherwise instead unfortunately mostly usually often sometimes rarely seldom generally typically normally "
        "nearly almost barely hardly partly somewhat anyway anymore together altogether forever somehow somewhere "
        "elsewhere today tomorrow yesterday tonight too already still necessarily really probable one two three "
        "four five six seven eight nine ten eleven twelve dozen hundred thousand several various certain enough "
        "half once twice own overall likewise meanwhile nonetheless nevertheless regardless anyhow namely well okay "
        "ok alright myself yourself himself herself itself oneself ourselves yourselves themselves whoever whatever "
        "whichever".split()
    )
    | ADVERBS
)

#: Said of several things together ("Bob and Dave are different"), not of each by itself.
COLLECTIVE = frozenset(
    "different similar alike equal identical equivalent same opposite distinct separate apart adjacent parallel "
    "perpendicular compatible incompatible related unrelated married engaged divorced close inseparable "
    "friends brothers sisters siblings twins cousins neighbors neighbours enemies rivals partners colleagues "
    "roommates "
    "classmates teammates opposites synonyms antonyms spouses lovers allies peers relatives acquaintances pals mates "
    "couples triplets quadruplets".split()
)

#: In the place of a noun, other words in -ly are adverbs: "the cat secretly likes …".
NOUNS_IN_LY = frozenset("ally assembly belly bully butterfly dragonfly family fly jelly lily monopoly supply".split())

#: Nouns that speak about the reasoning, not about its things. "The statement" is no thing of the story.
META_NOUNS = frozenset(
    "statement statements answer answers option options context information rule rules fact facts premise premises "
    "conclusion conclusions question questions condition conditions sentence sentences step steps reason reasoning "
    "problem text passage logic assumption assumptions inference deduction hypothesis claim claims proof case "
    "following above given explanation contradiction evidence description point points data knowledge analysis "
    "implication clause clauses first second third last former latter previous next other others same rest "
    "result".split()
)

#: Said of statements, not of things.
META_PREDICATES = frozenset(
    "true false unknown uncertain correct incorrect right wrong given stated mentioned known unclear possible "
    "impossible certain likely unlikely provided determined implied inferred specified described defined said "
    "relevant irrelevant applicable inapplicable valid invalid undetermined indeterminate inconclusive able unable "
    "sufficient insufficient necessary consistent inconsistent satisfied met established confirmed proven proved "
    "concluded deduced here there available unnecessary supported contradicted contradictory".split()
)
