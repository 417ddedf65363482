"""A second opinion: a reader, a forward chainer and a corruptor that share no code with verisearch.

Nothing in this package imports verisearch, and a test asserts it: two programs that make the same mistake would
hide it, so this one is written apart, from the sentence templates and the definition of forward chaining alone.
"""
