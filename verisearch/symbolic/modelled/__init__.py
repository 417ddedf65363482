"""A language model as formaliser: chains in any English (VeriCoT, arXiv 2511.04662).

The model writes, and nothing that it writes is believed: `replies` reads it, `names` keeps the vocabulary one,
`anchors` compares formulas with the words they are said to stand for, `formaliser` asks and asks again, `premises`
finds what a step may rest on, and `verisearch.symbolic.grounding` lets the solver decide what of it is taken.
"""
