"""Whether a request makes sense, whatever policy it goes to."""

from __future__ import annotations

import math

from verisearch.errors import InputError
from verisearch.protocols import Request, Sampling

__all__ = ["MAX_SEED", "check_filter", "check_request", "check_sampling"]

#: Seeds are 63 bits: every backend takes them as a signed 64-bit integer.
MAX_SEED = 2**63 - 1


def check_sampling(sampling: Sampling) -> None:
    """Raises `InputError`, which names the setting and its range, if one is outside its range."""
    if not is_number(sampling.temperature) or not 0 <= sampling.temperature < math.inf:
        raise bad("temperature", sampling.temperature, "a number from 0 (greedy) up")
    check_filter(sampling.top_p, sampling.top_k)
    if sampling.entropy is not None and not all(is_number(each) and 0 < each < math.inf for each in sampling.entropy):
        raise bad("entropy", sampling.entropy, "two numbers above 0, M and gamma")
    if sampling.grammar is not None:
        if not isinstance(sampling.grammar, str) or "::=" not in sampling.grammar:
            raise bad("grammar", sampling.grammar, 'rules in GBNF, as in: root ::= "yes" | "no"')
        check_text("grammar", sampling.grammar)
    if not is_whole(sampling.max_tokens) or sampling.max_tokens < 1:
        raise bad("max_tokens", sampling.max_tokens, "a whole number from 1 up")
    if not isinstance(sampling.stop, (tuple, list)):
        raise bad("stop", sampling.stop, "a tuple of strings")
    for index, stop in enumerate(sampling.stop):
        if not isinstance(stop, str) or not stop:
            raise bad(f"stop[{index}]", stop, "text of at least one character")
        check_text(f"stop[{index}]", stop)


def check_filter(top_p: float, top_k: int) -> None:
    """Raises `InputError`, which names the setting and its range, if one is outside its range."""
    if not is_number(top_p) or not 0 < top_p <= 1:
        raise bad("top_p", top_p, "above 0 and at most 1 (1 keeps all tokens)")
    if not is_whole(top_k) or top_k < 0:
        raise bad("top_k", top_k, "a whole number from 0 up (0 keeps all tokens)")


def check_request(request: Request, *, entropy: bool = False, grammar: bool = False) -> None:
    """Raises `InputError` if no policy could answer ``request``: settings outside their ranges, no seed, a seed
    outside 0 to 2**63 - 1, or text that isn't Unicode (a lone surrogate); or, but for ``entropy``, if the temperature
    is to depend on it; or, but for ``grammar``, if there is one."""
    check_sampling(request.sampling)
    if request.sampling.entropy is not None and not entropy:
        raise InputError(
            "entropy: this policy can't let the temperature depend on it; use a model in this process "
            "(embedded or transformers:PATH), or one temperature"
        )
    if request.sampling.grammar is not None and not grammar:
        raise InputError(
            "grammar: this policy can't keep to one; use a model in this process (embedded or transformers:PATH) with "
            "the extra 'grammar' (pip install 'verisearch[grammar]'), or a server that takes grammars, such as vLLM"
        )
    if not request.seeds:
        raise InputError("seeds: there is none; give one for each draw")
    for index, seed in enumerate(request.seeds):
        if not is_whole(seed) or not 0 <= seed <= MAX_SEED:
            raise bad(f"seeds[{index}]", seed, f"a whole number from 0 to {MAX_SEED}")
    for index, message in enumerate(request.prefix.messages):
        check_text(f"messages[{index}].content", message.content)
    check_text("written", request.prefix.written)


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def check_text(field: str, text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{field}: half a character (a lone surrogate) at position {error.start}") from error


def bad(field: str, value: object, wanted: str) -> InputError:
    return InputError(f"{field}: {value!r} should be {wanted}")
