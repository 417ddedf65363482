"""Drawing tokens from logits, with noise that depends on nothing but a seed and a position."""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b

import torch

from verisearch.errors import PolicyError
from verisearch.protocols import Sampling

__all__ = ["draw_tokens", "nucleus", "uniform"]

#: Temperatures below this are greedy where they depend on the entropy.
COLD = 0.001

#: Bits of a uniform number: few enough that number × total mass never rounds up to the total.
BITS = 48


def uniform(seed: int, position: int) -> float:
    """The noise of one token: a number in [0, 1) made of the draw's seed and the token's place in the reply."""
    data = seed.to_bytes(8, "big") + position.to_bytes(8, "big")
    return (
        int.from_bytes(blake2b(data, digest_size=8, person=b"verisearch.draw").digest(), "big") >> 64 - BITS
    ) / 2**BITS


def draw_tokens(
    logits: torch.Tensor, samplings: Sequence[Sampling], noise: Sequence[float]
) -> tuple[list[int], list[float] | None]:
    """One token for each row of ``logits`` (rows, vocabulary), and their log-probabilities if any row asks for them.

    Temperature 0 takes the best token (the lowest id among equals). Otherwise the token is where ``noise`` (in [0, 1))
    falls in the cumulated probabilities, in the order of ids, of what temperature, top-k and top-p leave. The
    log-probability is that under the temperature alone (at temperature 0: under the plain distribution). Raises
    `PolicyError` if a logit isn't a number.
    """
    heats = temperatures(logits, samplings)
    top = logits.amax(-1, keepdim=True)
    if not bool(torch.isfinite(top).all()):
        raise PolicyError("the model's logits are not numbers; its weights are broken or overflow in this precision")
    scaled = logits - top
    if any(heat not in (0.0, 1.0) for heat in heats):
        scaled = scaled / torch.tensor([[heat or 1.0] for heat in heats], device=logits.device)
    if any(heat > 0 for heat in heats):
        cumulated = kept(scaled.softmax(-1), samplings).cumsum(-1, dtype=torch.float64)
        targets = torch.tensor(noise, dtype=torch.float64, device=logits.device) * cumulated[:, -1]
        drawn = torch.searchsorted(cumulated, targets[:, None], right=True)
        if not all(heats):
            greedy = torch.tensor([[heat == 0] for heat in heats], device=logits.device)
            drawn = torch.where(greedy, first_best(logits, top), drawn)
    else:
        drawn = first_best(logits, top)
    logprobs = None
    if any(sampling.logprobs for sampling in samplings):
        logprobs = scaled.log_softmax(-1).gather(1, drawn)[:, 0].clamp(max=0.0).tolist()
    return drawn[:, 0].tolist(), logprobs


def temperatures(logits: torch.Tensor, samplings: Sequence[Sampling]) -> list[float]:
    """The temperature of each row, see `Sampling`; below `COLD` it is 0."""
    heats = [sampling.temperature for sampling in samplings]
    if all(sampling.entropy is None for sampling in samplings):
        return heats
    logs = logits.log_softmax(-1)
    entropies = torch.special.entr(logs.exp()).sum(-1).tolist()
    for row, (sampling, entropy) in enumerate(zip(samplings, entropies, strict=True)):
        if sampling.entropy is not None:
            base, strength = sampling.entropy
            heat = heats[row] * math.exp(min(50.0, math.log(base) * strength / entropy)) if entropy > 0 else 0.0
            heats[row] = heat if heat >= COLD else 0.0
    return heats


def first_best(logits: torch.Tensor, top: torch.Tensor) -> torch.Tensor:
    """The lowest id of the highest logit, (rows, 1)."""
    return (logits == top).to(torch.uint8).argmax(-1, keepdim=True)


def kept(probabilities: torch.Tensor, samplings: Sequence[Sampling]) -> torch.Tensor:
    """The probabilities with those that top-k and top-p cut off set to 0."""
    rows = [
        index
        for index, sampling in enumerate(samplings)
        if sampling.temperature > 0 and (sampling.top_p < 1 or sampling.top_k > 0)
    ]
    if not rows:
        return probabilities
    which = torch.tensor(rows, device=probabilities.device)
    own = probabilities[which]
    values, order = own.sort(stable=True, dim=-1, descending=True)
    stays = nucleus(values, [samplings[row].top_p for row in rows], [samplings[row].top_k for row in rows])
    cut = torch.zeros_like(own).scatter_(1, order, values * stays)
    return probabilities.index_copy(0, which, cut)


def nucleus(values: torch.Tensor, top_p: Sequence[float], top_k: Sequence[int]) -> torch.Tensor:
    """Which of the sorted probabilities stay: the fewest that hold ``top_p`` of the mass, at most ``top_k`` of them.

    Row by row; the best one always stays.
    """
    before = values.cumsum(-1, dtype=torch.float64) - values
    limit = torch.tensor([[share if share < 1 else 2.0] for share in top_p], device=values.device, dtype=torch.float64)
    ranks = torch.arange(values.shape[-1], device=values.device)
    most = torch.tensor([[count or values.shape[-1]] for count in top_k], device=values.device)
    stays = (before < limit) & (ranks < most)
    stays[:, 0] = True
    return stays
