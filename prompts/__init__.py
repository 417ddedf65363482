"""Prompt templates: plain text files that a user can read, copy and replace.

A template has a head (``key: value`` lines, the values in JSON), a line ``---``, and the turns of a conversation, each
behind its role in brackets, in Jinja's language.
"""
