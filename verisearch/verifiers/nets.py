"""The networks that read a reward off a policy's states, and the file that each comes in."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch.nn.functional import dropout, silu

from verisearch.errors import PolicyError, VerisearchError
from verisearch.policies.local.loading import located
from verisearch.verifiers.mrm import HEAD
from verisearch.verifiers.reading import weights_of
from verisearch.verifiers.surprise import FEATURES

__all__ = ["LABELS", "ForkNet", "Made", "RewardNet", "check_fit", "digest_of", "opened", "read_net", "write_net"]

#: The outputs of a process reward model: the reward, and whether the step under way holds.
LABELS = ("reward", "sound")

#: Bytes at either end of a file of weights that go into its digest.
ENDS = 2**20


class Made(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a network reads: the states, of ``hidden`` numbers each, of ``policy``, whose weights have the ``digest``
    (empty: unknown) and which knows so many words (``vocabulary``). ``width``: the network's own."""

    policy: str
    digest: str
    hidden: int
    vocabulary: int
    width: int


class RewardNet(torch.nn.Module):
    """The process reward of a chain, from the policy's state at its last token and at the least likely token of the
    step under way, and from how surprising the chain was (`verisearch.verifiers.surprise.Surprise`): two hidden layers
    of ``width``. ``drop``: the share of states' numbers, and of hidden ones, that are left out in training."""

    state_mean: torch.Tensor
    state_spread: torch.Tensor
    told_mean: torch.Tensor
    told_spread: torch.Tensor

    def __init__(self, hidden: int, width: int, drop: float = 0.0) -> None:
        super().__init__()
        for name, size in (("state", hidden), ("told", FEATURES)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_spread", torch.ones(size))
        self.first = torch.nn.Linear(2 * hidden + FEATURES, width)
        self.second = torch.nn.Linear(width, width)
        self.out = torch.nn.Linear(width, len(LABELS))
        self.drop = drop

    def forward(self, states: torch.Tensor, worst: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """Logits of `LABELS`, shape (chains, 2), from the states at the last tokens, those at the least likely tokens,
        each (chains, hidden size), and the features, (chains, `FEATURES`)."""
        return self.behind(self.opened(states, worst, told))

    def opened(self, states: torch.Tensor, worst: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """What comes into the first hidden layer, (chains, width)."""
        seen = [(each - self.state_mean) / self.state_spread for each in (states, worst)]
        told = (told - self.told_mean) / self.told_spread
        return self.first(torch.cat([self._thinned(torch.cat(seen, -1)), told], -1))

    def behind(self, opened: torch.Tensor) -> torch.Tensor:
        """The logits of what comes into the first hidden layer."""
        return self.out(self._thinned(silu(self.second(self._thinned(silu(opened))))))

    def _thinned(self, values: torch.Tensor) -> torch.Tensor:
        return dropout(values, self.drop, self.training)

    @torch.no_grad()
    def settle(self, states: torch.Tensor, told: torch.Tensor) -> None:
        """Take over mean and spread of what there is to learn from."""
        for name, values in (("state", states), ("told", told)):
            getattr(self, f"{name}_mean").copy_(values.float().mean(0))
            getattr(self, f"{name}_spread").copy_(values.float().std(0, unbiased=False).clamp(min=1e-2))


class ForkNet(torch.nn.Module):
    """The reward of a chain with any token behind it, from the state before that token: a process reward's network that
    reads the state at hand for the one that isn't there yet, a matrix for the token's entry in the policy's
    unembedding, which is frozen and itself no part of this, and a ``bias`` for each token. How surprising the chain is
    with the token is known exactly. ``seen``: which tokens were targets in training."""

    scale: torch.Tensor
    seen: torch.Tensor

    def __init__(self, net: RewardNet, vocabulary: int) -> None:
        super().__init__()
        self.net = net
        hidden, width = len(net.state_mean), net.second.in_features
        self.words = torch.nn.Linear(hidden, width, bias=False)
        torch.nn.init.zeros_(self.words.weight)
        self.bias = torch.nn.Parameter(torch.zeros(vocabulary))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("seen", torch.zeros(vocabulary, dtype=torch.uint8))

    def forward(
        self, states: torch.Tensor, worst: torch.Tensor, told: torch.Tensor, entries: torch.Tensor, tokens: torch.Tensor
    ) -> torch.Tensor:
        """Logits of the reward, (tokens,): of each token behind the chain that ends in its row of ``states``, with
        ``told`` of the chain with it, ``entries`` its rows of the unembedding, (tokens, hidden size)."""
        opened = self.net.opened(states, worst, told) + self.words(entries * self.scale)
        return self.net.behind(opened)[:, 0] + self.bias[tokens]


def write_net(path: Path, net: torch.nn.Module, made: Made) -> None:
    """Write a network, its matrices in bfloat16, with what it reads."""
    tensors = {
        name: (each.to(torch.bfloat16) if each.is_floating_point() and each.ndim > 1 else each).detach().cpu()
        for name, each in net.state_dict().items()
    }
    fresh = path.with_name(f"{path.name}.new")
    save_file(
        {name: each.contiguous() for name, each in tensors.items()},
        fresh,
        metadata={"made": msgspec.json.encode(made).decode()},
    )
    fresh.replace(path)


def read_net(path: Path, who: str) -> tuple[Any, Made]:
    """The network in a file, a `ForkNet` where the file is called as those are, else a `RewardNet`, and what it reads.
    Raises `PolicyError` if it can't be read, or is another's."""
    try:
        with safe_open(path, "pt") as kept:
            told = (kept.metadata() or {}).get("made")
            if told is None:
                raise PolicyError(f"{who}: {path} was not made by this version of verisearch: train it anew")
            made = msgspec.json.decode(told, type=Made)
            tensors = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118 (not a dict)
        check_shapes(tensors, made, path, who)
        plain = RewardNet(made.hidden, made.width)
        net = ForkNet(plain, made.vocabulary) if "bias" in tensors else plain
        whole = {name: each.float() if each.is_floating_point() else each for name, each in tensors.items()}
        net.load_state_dict(whole)
        if not all(bool(each.isfinite().all()) for each in whole.values()):
            raise PolicyError(f"{who}: {path} is damaged: there are weights in it that are no numbers")
    except (SafetensorError, msgspec.MsgspecError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise PolicyError(f"{who}: {path} can't be read ({error})") from error
    return net.eval().requires_grad_(False), made


def check_shapes(tensors: dict[str, torch.Tensor], made: Made, path: Path, who: str) -> None:
    """Raises `PolicyError` if tensors are not what a file's own words say, before anything is built by these."""
    forks = path.name == HEAD
    first = tensors.get("net.first.weight" if forks else "first.weight")
    if first is None or ("bias" in tensors) is not forks:
        raise PolicyError(f"{who}: {path} holds another kind of reward model")
    sizes = (made.width, 2 * made.hidden + FEATURES)
    if tuple(first.shape) != sizes or (forks and tuple(tensors["bias"].shape) != (made.vocabulary,)):
        raise PolicyError(f"{who}: {path} is damaged: its matrices have other sizes than it says")


def opened(path: Path, who: str, running: str | None = None) -> tuple[Any, Made, str]:
    """The network in a file, what it reads, and where the weights are of the policy whose states these are: those of
    the policy that is ``running`` (a folder or hub name), if they are the same, else where they were in training.
    Raises `PolicyError` if the file can't be read, or that policy isn't there or has other weights now."""
    net, made = read_net(path, who)
    if running and made.digest and digest_of(located(running)) == made.digest:
        return net, made, located(running)
    try:
        place = located(weights_of(made.policy, who))
    except VerisearchError as error:
        raise PolicyError(
            f"{who}: {path} reads the states of the policy {made.policy}, and {error}. If its weights are elsewhere "
            "now, run that policy: --policy FOLDER"
        ) from error
    if made.digest and digest_of(place) not in ("", made.digest):
        raise PolicyError(f"{who}: {path} reads the states of other weights than those of {made.policy} are now")
    return net, made, place


def check_fit(path: Path, who: str, made: Made, words: torch.Tensor) -> None:
    """Raises `PolicyError` if the policy with the unembedding ``words`` is of other sizes than a network reads."""
    if tuple(words.shape) != (made.vocabulary, made.hidden):
        raise PolicyError(
            f"{who}: {path} reads states of {made.hidden} numbers from a policy of {made.vocabulary} words; "
            f"{made.policy} has {words.shape[1]} and {words.shape[0]} now"
        )


def digest_of(place: str | os.PathLike[str]) -> str:
    """A digest of the weights in a folder, from the sizes and the ends of its files; empty for a name on the hub."""
    files = sorted(Path(place).glob("*.safetensors")) if Path(place).is_dir() else []
    found = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            size = file.stat().st_size
            found.update(size.to_bytes(8, "big") + opened.read(ENDS))
            opened.seek(max(0, size - ENDS))
            found.update(opened.read(ENDS))
    return found.hexdigest() if files else ""
