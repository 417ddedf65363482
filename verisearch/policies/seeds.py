"""Seeds that stay the same from run to run, machine to machine and version to version."""

from __future__ import annotations

from hashlib import blake2b

from verisearch.errors import InputError

__all__ = ["derive_seed", "short_seed"]


def derive_seed(run_seed: int, *parts: int | str) -> int:
    """A seed from 0 to 2**63 - 1 that depends on ``run_seed`` and on every part, its type and its place.

    ``derive_seed(1, "a", "b")``, ``derive_seed(1, "ab")`` and ``derive_seed(1, "b", "a")`` are three seeds. Raises
    `InputError` for a part that is neither an integer nor text.
    """
    digest = blake2b(digest_size=8, person=b"verisearch.seed")
    for part in (run_seed, *parts):
        data = encoded(part)
        digest.update(len(data).to_bytes(8, "big"))  # so that no two lists of parts run together
        digest.update(data)
    return int.from_bytes(digest.digest(), "big") >> 1


def short_seed(seed: int) -> int:
    """A seed of 31 bits for backends that cut longer ones off (PyTorch's generator on CPUs keeps 32 bits, some servers
    as few), which would make many seeds the same."""
    return derive_seed(seed, "short") >> 32


def encoded(part: int | str) -> bytes:
    if isinstance(part, str):
        return b"s" + part.encode("utf-8", "surrogatepass")
    if isinstance(part, int) and not isinstance(part, bool):
        return b"i" + str(part).encode("ascii")
    raise InputError(f"a seed can't be made of {part!r}: give integers and text")
