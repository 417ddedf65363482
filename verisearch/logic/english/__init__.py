"""The controlled-English reader: sentences of rule worlds (ProofWriter, ProntoQA and their like), exactly.

Open vocabulary, closed grammar. `read_sentence` reads one statement, `read_step` one step of a reasoning chain with
its connectives, `read_text` a whole context. What can't be read exactly isn't read, and the words at which reading
stopped are given.
"""

from __future__ import annotations

from verisearch.logic.english.reader import Reading, read_sentence, read_text

__all__ = ["Reading", "read_sentence", "read_text"]
