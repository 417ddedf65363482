"""What there is to see of trees of chains for a network that reads a reward off a policy's states."""

from __future__ import annotations

from typing import NamedTuple

import torch
from transformers import AutoTokenizer

from verisearch.policies.local.loading import located
from verisearch.policies.local.transcript import decoder_of
from verisearch.training.adapting import body_of, language_model
from verisearch.training.trees import TokenTree
from verisearch.verifiers.surprise import NOTHING, StepEnds, Surprise

__all__ = ["PolicyStates", "Seen"]


class Seen(NamedTuple):
    """What is seen of a tree at ``places``, the nodes that chains go through, in the tree's order, and the last one of
    the prompt: the policy's ``states`` there, shape (nodes, hidden size), in which row that at the least likely token
    of the step is (``least``), and how surprising the chain was (``told``, (nodes, features)). ``rows`` says where a
    place stands among them (-1: nowhere)."""

    places: torch.Tensor
    rows: torch.Tensor
    states: torch.Tensor
    least: torch.Tensor
    told: torch.Tensor

    @property
    def worst(self) -> torch.Tensor:
        """The states at the least likely tokens, shape (nodes, hidden size)."""
        return self.states[self.least]


class PolicyStates:
    """The model in ``source`` (a folder or hub name), with its weights as they are, as it reads trees."""

    def __init__(self, source: str) -> None:
        self.source = place = located(source)
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        self.lm = language_model(place).eval().requires_grad_(False)
        self._ends_step = StepEnds(decoder_of(tokenizer))

    @property
    def words(self) -> torch.Tensor:
        """The unembedding, shape (vocabulary, hidden size)."""
        found: torch.Tensor = self.lm.get_output_embeddings().weight
        return found

    @torch.no_grad()
    def seen(self, tree: TokenTree) -> Seen:
        """What is seen of a tree, on the CPU, in 32 bits."""
        device = self.words.device
        places = (tree.visits > 0).nonzero()[:, 0]
        parents = tree.parents[places]
        rows = torch.full((len(tree.ids),), -1, dtype=torch.long)
        rows[places] = torch.arange(len(places))
        own = torch.zeros(len(places))
        inside = (parents >= 0) & (rows[parents.clamp(min=0)] >= 0)  # all but the prompt's last token
        states, said = self._read(tree, parents[inside].to(device))
        own[inside] = (said.gather(1, tree.ids[places[inside]].to(device)[:, None])[:, 0] - said.logsumexp(-1)).cpu()
        surprises, least = self._along(tree, places.tolist(), rows.tolist(), own.tolist())
        return Seen(
            places=places,
            rows=rows,
            states=states[places.to(device)].float().cpu(),
            least=torch.tensor(least),
            told=torch.tensor([each.features() for each in surprises]),
        )

    def _read(self, tree: TokenTree, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The last layer's states at all tokens, and the logits, as the model itself makes them, at ``rows``."""
        states: list[torch.Tensor] = []
        hook = body_of(self.lm).register_forward_hook(lambda _, __, output: states.append(output.last_hidden_state[0]))
        try:
            logits = self.lm(**tree.inputs(self.words.device), logits_to_keep=rows).logits[0].float()
        finally:
            hook.remove()
        return states[0], logits

    def _along(
        self, tree: TokenTree, places: list[int], rows: list[int], own: list[float]
    ) -> tuple[list[Surprise], list[int]]:
        """How surprising the chain is at each row, and at which row the step's least likely token is."""
        ids, parents = tree.ids.tolist(), tree.parents.tolist()
        surprises: list[Surprise] = []
        least: list[int] = []
        for row, place in enumerate(places):
            before = rows[parents[place]] if parents[place] >= 0 else -1
            if before < 0:
                surprises.append(NOTHING)
                least.append(row)
                continue
            found = surprises[before].behind(own[row], self._ends_step(ids[place]))
            least.append(row if found.worst == found.length - 1 else least[before])
            surprises.append(found)
        return surprises, least
