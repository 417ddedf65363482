"""The recipe ``self-calibration`` (Self-Calibration, arXiv 2503.00031): P(True) is trained towards soft
self-consistency.

The policy draws many chains of a problem; each is asked for P(True); the share of all confidence that chains with the
same answer have becomes the target of each of them. The loss is SmoothL1 (beta .25) between P(True) and its target,
over chains balanced by target, and a tenth of the language-model loss of chains whose target is high. No verdicts and
no gold answers are used, but for the ablation with hard targets.

Ours: the first part of the steps is by cross-entropy, so that a model that would never say the word, as the embedded
one, learns to (see `ConfidenceRecipe`). Not as in the published code: only the reply's own tokens are in the
language-model loss, neither prompt nor padding; there is no padding that could be attended to, and the question is
never cut off; what is left for measuring are whole theories, not single replies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

import msgspec
import torch
from safetensors.torch import save_file
from torch.nn import functional

from verisearch.errors import InputError, TrainingError
from verisearch.policies.local.loading import quiet
from verisearch.runtime.prompting import Template
from verisearch.training.adapting import adapted, language_model, merged
from verisearch.training.cutting import Cutter
from verisearch.training.loop import optimise
from verisearch.training.recipe import TuningRecipe, write_told
from verisearch.training.rollouts import Chain, Rollouts
from verisearch.training.selfcalibration.targets import Answered, Target, answered, balanced, targets_of
from verisearch.training.splits import Order, parted
from verisearch.training.trees import Leaf, TokenTree, tree_of
from verisearch.verifiers.p_true import ADAPTER, ASKED, Asked, adapt, single_token

__all__ = ["Asker", "ConfidenceRecipe", "confidences", "learned_model", "train_confidence"]


class ConfidenceRecipe(TuningRecipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a confidence is trained; see `TuningRecipe` for what all recipes have.

    ``question`` and ``word``: how it is asked, None: as the policy says, else Self-Calibration's own. ``target``: what
    it is to be, ``soft`` (self-consistency), ``share`` or ``hard``. ``per_bin``: most chains of each of 21 bins of
    targets. ``lm_weight``: what the language-model loss counts, over at most ``lm_share`` times as many chains of a
    target above ``lm_above``. ``warm``: in the first share of all steps cross-entropy takes the place of SmoothL1,
    which teaches nothing while the word has next to no probability. With ``lora`` (a rank; not given, 16, for small
    models too) only adapters are kept.
    """

    question: str | None = None
    word: str | None = None
    target: Target = "soft"
    per_bin: int = 400
    lm_weight: float = 0.1
    lm_above: float = 0.75
    lm_share: float = 1.0
    warm: float = 0.2
    epochs: int = 3
    rate: float = 2e-3
    held_out: float = 0.2
    lora: int | None = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(
            ("per_bin", self.per_bin >= 1, "1 or more"),
            ("lm_weight", 0 <= self.lm_weight < float("inf"), "a number from 0 up"),
            ("lm_share", 0 <= self.lm_share < float("inf"), "a number from 0 up"),
            ("lm_above", 0 <= self.lm_above <= 1, "a number in [0, 1]"),
            ("warm", 0 <= self.warm <= 1, "a share in [0, 1]"),
            ("question", self.question is None or bool(self.question.strip()), "a question"),
            ("word", self.word is None or bool(self.word.strip()), "a word"),
        )


T = TypeVar("T")

#: Tokens of a tree that is read at once.
MOST = 4000


class Asker:
    """Puts the question behind chains: as ids, in the way of the model in ``source``."""

    def __init__(self, source: str, template: Template, asked: Asked) -> None:
        self.cutter = Cutter(source, template)
        self.asked = asked
        self.suffix = self.cutter.encoder.next_turn(asked.question)
        self.word = single_token(self.cutter.encoder.text(asked.word), asked.word, Path(source))

    def leaf(self, chain: Chain) -> Leaf:
        """A chain with the question behind it."""
        ids = [*self.cutter.encoder.stripped(self.cutter.ids(chain)), *self.suffix]
        return Leaf(ids, chain.good, len(ids))

    def lots(self, rollouts: Rollouts, chains: Sequence[tuple[Answered, T]]) -> Iterator[list[tuple[Answered, T]]]:
        """Chains in lots whose trees have about `MOST` tokens at most: what attends to what takes their square."""
        lot: list[tuple[Answered, T]] = []
        total = prompt = len(self.cutter.prompt(rollouts))
        for each in chains:
            size = len(self.leaf(each[0].chain).ids)
            if lot and total + size > MOST:
                yield lot
                lot, total = [], prompt
            lot.append(each)
            total += size
        if lot:
            yield lot

    def tree(self, rollouts: Rollouts, chains: Sequence[Chain]) -> TokenTree:
        """A problem's chains with the question behind each."""
        return tree_of(self.cutter.prompt(rollouts), [self.leaf(chain) for chain in chains])


class Lesson(NamedTuple):
    """What is learned of a problem: its tree; which of its chains are asked and their targets; which are learned as
    text."""

    tree: TokenTree
    asked: tuple[int, ...]
    targets: torch.Tensor
    read: tuple[int, ...]


def logits_at(model: Any, tree: TokenTree, places: torch.Tensor) -> torch.Tensor:
    """Logits of what follows some places of a tree, shape (places, vocabulary)."""
    found = model(**tree.inputs(model.device), logits_to_keep=places.to(model.device))
    logits: torch.Tensor = found.logits[0].float()
    return logits


@torch.inference_mode()
def confidences(model: Any, asker: Asker, rollouts: Rollouts, chains: Sequence[Chain]) -> list[float]:
    """P(True) of each of a problem's chains, in [0, 1]."""
    found: list[float] = []
    for lot in asker.lots(rollouts, [(Answered(0, "", chain, "", 0.0), None) for chain in chains]):
        tree = asker.tree(rollouts, [each.chain for each, _ in lot])
        ends = torch.tensor([path[-1] for path in tree.paths])
        found += logits_at(model, tree, ends).softmax(-1)[:, asker.word].tolist()
    return found


def asked_all(model: Any, asker: Asker, rows: Sequence[Rollouts], show: Callable[[int], None]) -> list[list[Answered]]:
    """The chains of each problem that give an answer, with the model's confidence in it."""
    found = []
    for place, row in enumerate(rows):
        chains = answered(row)
        values = confidences(model, asker, row, [chain for chain, _ in chains])
        found.append([Answered(place, row.group, *each, value) for each, value in zip(chains, values, strict=True)])
        show(place + 1)
    return found


def lessons(
    asker: Asker, rows: Sequence[Rollouts], said: Sequence[Sequence[Answered]], recipe: ConfidenceRecipe
) -> list[Lesson]:
    """What there is to learn, problem by problem. Raises `TrainingError` if there is nothing."""
    known = [
        each
        for row, chains in zip(rows, said, strict=True)
        for each in targets_of(chains, recipe.target, row.problem.answer_kind)
    ]
    chosen = balanced(known, recipe.per_bin, recipe.seed)
    if len({round(each.target, 6) for each in chosen}) < 2:
        raise TrainingError(
            f"all {len(chosen)} chains to learn from have the same target: there is nothing to tell apart; draw more "
            "chains of a problem, at another temperature, or other problems"
        )
    high = [each for each in known if each.target > recipe.lm_above]
    if not recipe.lm_weight:
        high = []
    high = Random(f"{recipe.seed} read").sample(high, min(len(high), round(recipe.lm_share * len(chosen))))
    by_problem: dict[int, tuple[list[Answered], list[Answered]]] = defaultdict(lambda: ([], []))
    for each in chosen:
        by_problem[each.problem][0].append(each)
    for each in high:
        by_problem[each.problem][1].append(each)
    return [
        lesson(asker, rows[place], lot)
        for place, (asked, read) in sorted(by_problem.items())
        for lot in asker.lots(rows[place], [(each, True) for each in asked] + [(each, False) for each in read])
    ]


def lesson(asker: Asker, rollouts: Rollouts, chains: Sequence[tuple[Answered, bool]]) -> Lesson:
    """Chains of a problem, each with whether it is asked (or read)."""
    return Lesson(
        asker.tree(rollouts, [each.chain for each, _ in chains]),
        tuple(place for place, (_, asked) in enumerate(chains) if asked),
        torch.tensor([each.target for each, asked in chains if asked]),
        tuple(place for place, (_, asked) in enumerate(chains) if not asked),
    )


def train_confidence(
    rollouts: Path,
    policy: str,
    asked: Asked,
    template: Template,
    out: Path,
    recipe: ConfidenceRecipe | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> bool:
    """Train the confidence of the model in ``policy`` (a folder or hub name) on a file of rollouts, and write it to
    ``out``: all weights in Hugging Face's format, or adapters alone. ``asked.base``: the policy's name, which the
    adapters go by. Whether it came to its end; interrupted, the same call goes on.

    Raises `TrainingError` if there is nothing to learn from, or as `verisearch.training.loop.optimise` does.
    """
    recipe = recipe or ConfidenceRecipe()
    show = progress or (lambda what, done, total: None)
    asker = Asker(policy, template, asked)
    rows, kept = parted(rollouts, recipe.held_out)
    if not any(chain.correct is not None for row in kept for chain, _ in answered(row)):
        raise TrainingError(
            f"{rollouts}: of the chains kept for measuring none has an answer and a known gold answer: nobody could "
            "tell what training did; keep more (training.held_out), or take problems with gold answers"
        )
    torch.manual_seed(recipe.seed)
    model = language_model(policy).eval()
    said = asked_all(model, asker, rows, lambda done: show("confidences", done, len(rows)))
    learned = lessons(asker, rows, said, recipe)
    model = adapted(model, recipe.lora)
    refuse_turned(model)
    order = Order(len(learned), recipe.problems_a_step, recipe.seed)
    steps = recipe.epochs * order.steps
    done = optimise(
        out,
        model,
        lambda step: loss_of(
            model, asker, [learned[place] for place in order.at(step)], recipe.lm_weight, step < recipe.warm * steps
        ),
        steps,
        rate=recipe.rate,
        weight_decay=recipe.weight_decay,
        progress=lambda step: show("training", step, steps),
    )
    if done:
        save(out, model, asker, asked if recipe.lora else msgspec.structs.replace(asked, base=""))
        write_told(out, "self-calibration", recipe)
    return done


def refuse_turned(model: Any) -> None:
    """Raises `InputError` where adapters can't be kept by themselves: `adapt` adds them to matrices as torch's linear
    layers have them, and GPT-2's are the other way round."""
    from transformers.pytorch_utils import Conv1D

    if hasattr(model, "get_base_model") and any(isinstance(module, Conv1D) for module in model.modules()):
        raise InputError("adapters can't be kept for a model of this kind: train all weights (training.lora=0)")


def loss_of(model: Any, asker: Asker, learned: Sequence[Lesson], lm_weight: float, warm: bool = False) -> torch.Tensor:
    """SmoothL1 of the chains that are asked, their mean, and ``lm_weight`` times the mean cross-entropy of the tokens
    of those that are read. ``warm``: cross-entropy of the confidence too, instead of SmoothL1."""
    asked, count = torch.zeros(()), 0
    read, tokens = torch.zeros(()), 0
    for lesson in learned:
        tree = lesson.tree
        ends = torch.tensor([tree.paths[place][-1] for place in lesson.asked], dtype=torch.long)
        inside = [own[: -len(asker.suffix)] for own in (tree.paths[place] for place in lesson.read)]
        places = torch.tensor([place for own in inside for place in own], dtype=torch.long)
        logits = logits_at(model, tree, torch.cat([ends, tree.parents[places]])).cpu()
        if len(ends):
            said = logits[: len(ends)].log_softmax(-1)[:, asker.word]
            asked = asked + (entropy_of(said, lesson.targets) if warm else distance(said, lesson.targets))
            count += len(ends)
        if len(places):
            read = read + functional.cross_entropy(logits[len(ends) :], tree.ids[places], reduction="sum")
            tokens += len(places)
    return asked / max(1, count) + lm_weight * read / max(1, tokens)


def distance(said: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Summed SmoothL1 of confidences, which are given as logarithms."""
    return functional.smooth_l1_loss(said.exp(), targets, beta=0.25, reduction="sum")


def entropy_of(said: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Summed cross-entropy of confidences, which are given as logarithms."""
    other = torch.log1p(-said.exp().clamp(max=1 - 1e-6))
    return -(targets * said + (1 - targets) * other).sum()


def save(out: Path, model: Any, asker: Asker, asked: Asked) -> None:
    """Write the model: adapters alone where there are some, else all weights."""
    if hasattr(model, "get_base_model"):
        config = model.peft_config["default"]
        asked = msgspec.structs.replace(asked, scale=config.lora_alpha / config.r)
        learned = {}
        for name, weight in model.named_parameters():
            if ".lora_" in name:
                plain = name.removeprefix("base_model.model.").replace(".default.weight", "")
                learned[plain] = weight.detach().to(torch.bfloat16).cpu().contiguous()
        save_file(learned, out / ADAPTER)
    else:
        with quiet():
            merged(model).to(torch.bfloat16).save_pretrained(out)
        asker.cutter.tokenizer.save_pretrained(out)
    (out / ASKED).write_bytes(msgspec.json.format(msgspec.json.encode(asked)) + b"\n")


def learned_model(out: Path, policy: str) -> Any:
    """The model that `train_confidence` wrote, in 32 bits."""
    asked = msgspec.json.decode((out / ASKED).read_bytes(), type=Asked)
    if not asked.base:
        return language_model(str(out)).eval()
    model = language_model(policy)
    adapt(model, out / ADAPTER, asked.scale)
    return model.eval()
