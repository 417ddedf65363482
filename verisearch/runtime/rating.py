"""Has a verifier score chains for several requests at once, so that what breaks one doesn't break the others."""

from __future__ import annotations

from collections.abc import Sequence

from verisearch.errors import VerisearchError
from verisearch.protocols import Partial, Score, Verifier
from verisearch.search.requests import Failed, Rated

__all__ = ["rated"]


def rated(verifier: Verifier, wanted: Sequence[Sequence[Partial]]) -> list[Rated | Failed]:
    """Scores for each of the requests ``wanted``, together; one by one if the verifier raises.

    What a verifier raises costs the request it raises at, and no other. A `VerisearchError` that isn't about one chain
    (no worker can be started, an extra is missing) is raised again: it would come back at every chain.
    """
    together = attempt(verifier, [partial for request in wanted for partial in request])
    if isinstance(together, Failed):
        return [together] if len(wanted) == 1 else [attempt(verifier, request) for request in wanted]
    scores = iter(together.scores)
    return [Rated(tuple(next(scores) for _ in request)) for request in wanted]


def attempt(verifier: Verifier, partials: Sequence[Partial]) -> Rated | Failed:
    """The scores of ``partials``, or why there are none."""
    try:
        scores = list(verifier.score(partials))
    except VerisearchError:
        raise
    except Exception as error:  # a plug-in may raise anything
        return Failed(f"verifier {verifier.name} raised {type(error).__name__}: {error}")
    if len(scores) != len(partials):
        return Failed(f"verifier {verifier.name} gave {len(scores)} scores for {len(partials)} chains")
    strange = [type(score).__name__ for score in scores if not isinstance(score, Score)]
    if strange:
        return Failed(f"verifier {verifier.name} gave a {strange[0]} where there should be a Score")
    return Rated(tuple(scores))
