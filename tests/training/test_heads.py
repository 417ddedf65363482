"""Process reward models in the shapes they come in on Hugging Face, each as a tiny random model."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from coin import BAD, GOOD, TEMPLATE, problem

torch = pytest.importorskip("torch", reason="needs torch: pip install 'verisearch[local]'")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install 'verisearch[local]'")

from safetensors.torch import load_file, save_file  # noqa: E402

from verisearch.errors import InputError, PolicyError  # noqa: E402
from verisearch.protocols import Message, Partial  # noqa: E402
from verisearch.trace import Problem  # noqa: E402
from verisearch.training.cutting import Cutter  # noqa: E402
from verisearch.verifiers import Surroundings, open_verifier  # noqa: E402
from verisearch.verifiers.prm import PrmVerifier  # noqa: E402
from verisearch.verifiers.surroundings import split_options  # noqa: E402

pytestmark = pytest.mark.local


def messages(asked: Problem) -> tuple[Message, ...]:
    return TEMPLATE.messages(asked)


def partial(written: str, finished: bool = False) -> Partial:
    return Partial(problem=problem(), written=written, finished=finished)


def classifying(small: Path, folder: Path, labels: int, sequence: bool = False, **config: Any) -> Path:
    """A random model with a head of ``labels`` outputs on the body of ``small``."""
    kind = transformers.AutoModelForSequenceClassification if sequence else transformers.AutoModelForTokenClassification
    torch.manual_seed(labels)
    model = kind.from_pretrained(small, num_labels=labels, **config)
    torch.nn.init.normal_(model.score.weight, std=0.5)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(small).save_pretrained(folder)
    return folder


def states_at_ends(small: Path, separator: str, written: str) -> Any:
    """The body's states, shape (steps, hidden size), at the separators behind the lines of ``written``."""
    cutter = Cutter(str(small), TEMPLATE)
    from verisearch.protocols import Prefix

    ids = cutter.encoder.prefix(Prefix(messages=messages(problem())))[0]
    ends = []
    for line in written.splitlines():
        ids = [*ids, *cutter.encoder.text(line), *cutter.tokenizer(separator, add_special_tokens=False)["input_ids"]]
        ends.append(len(ids) - 1)
    body = transformers.AutoModel.from_pretrained(small).eval()
    with torch.inference_mode():
        return body(input_ids=torch.tensor([ids])).last_hidden_state[0, ends]


@pytest.mark.parametrize("separator", ["\n\n", "<eos>"])
def test_two_labels_at_separators(separator: str, small: Path, tmp_path: Path) -> None:
    folder = classifying(small, tmp_path / "two", 2)
    separator = separator.replace("<eos>", Cutter(str(small), TEMPLATE).tokenizer.eos_token)  # a special token, too
    verifier = PrmVerifier(folder, messages, at=separator)
    weight, bias = (load_file(folder / "model.safetensors")[f"score.{name}"] for name in ("weight", "bias"))
    wanted = (states_at_ends(small, separator, GOOD) @ weight.T + bias).softmax(-1)
    lines = GOOD.splitlines(keepends=True)
    scores = verifier.score([partial("".join(lines[: k + 1])) for k in range(4)])
    assert [score.value for score in scores] == pytest.approx(wanted[:, 1].tolist(), abs=1e-4)
    bad = PrmVerifier(folder, messages, at=separator, label="0").score([partial(GOOD)])[0]
    assert bad.value == pytest.approx(1 - (scores[-1].value or 0.0), abs=1e-4)
    under_way = verifier.score([partial(lines[0] + "- Bob"), partial("- Ki"), partial("- Ki", finished=True)])
    assert under_way[0].value == scores[0].value  # a step that isn't whole isn't judged
    assert under_way[1].value is None
    assert "no step is complete" in under_way[1].reason
    assert under_way[2].value is not None


def test_a_scalar_at_separators(small: Path, tmp_path: Path) -> None:
    folder = classifying(small, tmp_path / "scalar", 1, sequence=True)
    weight = load_file(folder / "model.safetensors")["score.weight"]
    wanted = (states_at_ends(small, "\n", BAD) @ weight.T)[-1, 0].sigmoid().item()
    assert PrmVerifier(folder, messages, at="\n").score([partial(BAD)])[0].value == pytest.approx(wanted, abs=1e-4)


def test_a_value_head_as_trl_saves_it(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "value"
    transformers.AutoModelForCausalLM.from_pretrained(small).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(small).save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    weights |= {"v_head.summary.weight": torch.randn(1, 32), "v_head.summary.bias": torch.randn(1)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    state = states_at_ends(small, "\n", GOOD)[-1]
    wanted = (weights["v_head.summary.weight"] @ state + weights["v_head.summary.bias"]).sigmoid().item()
    assert PrmVerifier(folder, messages, at="\n").score([partial(GOOD)])[0].value == pytest.approx(wanted, abs=1e-4)


def test_two_words(small: Path) -> None:
    verifier = PrmVerifier(small, messages, at="\n", good="True", bad="No")
    tokenizer = Cutter(str(small), TEMPLATE).tokenizer
    places = [tokenizer.convert_tokens_to_ids(word) for word in ("True", "No")]
    words = load_file(small / "model.safetensors")["model.embed_tokens.weight"]
    wanted = (states_at_ends(small, "\n", GOOD) @ words[places].T).softmax(-1)[:, 0].tolist()
    lines = GOOD.splitlines(keepends=True)
    scores = verifier.score([partial("".join(lines[: k + 1])) for k in range(4)])
    assert [score.value for score in scores] == pytest.approx(wanted, abs=1e-4)
    for wrong in ({"good": "True"}, {"good": "True", "bad": "No", "label": "1"}):
        with pytest.raises(InputError, match="both good= and bad="):
            PrmVerifier(small, messages, **wrong)
    with pytest.raises(InputError, match="tokens for this model"):
        PrmVerifier(small, messages, good="Constantinople", bad="No")
    with pytest.raises(InputError, match="the same token"):
        PrmVerifier(small, messages, good="No", bad="No")


def test_labels_are_named_or_refused(small: Path, tmp_path: Path) -> None:
    names = {0: "wrong", 1: "neutral", 2: "right"}
    folder = classifying(small, tmp_path / "three", 3, id2label=names, label2id={v: k for k, v in names.items()})
    with pytest.raises(InputError, match="name the good one: label=wrong"):
        PrmVerifier(folder, messages)
    with pytest.raises(InputError, match="no label 'best'; there are: wrong, neutral, right"):
        PrmVerifier(folder, messages, label="best")
    values = [PrmVerifier(folder, messages, label=name).score([partial(GOOD)])[0].value for name in names.values()]
    assert sum(value or 0.0 for value in values) == pytest.approx(1.0, abs=1e-4)
    (folder / "config.json").write_text("{")
    with pytest.raises(PolicyError, match=r"config\.json"):
        PrmVerifier(folder, messages, label="right")


def test_at_separators_too_nothing_is_read_anew(small: Path, tmp_path: Path) -> None:
    verifier = PrmVerifier(classifying(small, tmp_path / "two", 2), messages, at="\n\n")
    lines = GOOD.splitlines(keepends=True)
    grown = ["".join(lines[: k + 1]) for k in range(4)]
    read = [len(verifier._reader.ids(partial(each))) for each in grown]
    costs = [verifier.score([partial(each)])[0].usage.verifier_tokens for each in grown]
    assert costs == [read[0], *(b - a for a, b in pairwise(read))]
    assert verifier.score([partial(grown[2] + "- The ans")])[0].usage.verifier_tokens == 0


def test_steps_are_put_together_as_they_were_in_training(small: Path) -> None:
    verifier = PrmVerifier(small, messages, at=" yes", between="\n", good="True", bad="No")
    prompt = len(verifier._reader.ids(partial("")))
    text = verifier._reader.tokenizer.decode(verifier._reader.ids(partial("- One.\n- Two.\n- Thr"))[prompt:])
    assert text == "- One. yes\n- Two. yes"


def test_a_torn_file_is_named(small: Path, tmp_path: Path) -> None:
    folder = classifying(small, tmp_path / "two", 2)
    (folder / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(PolicyError, match=r"model\.safetensors can't be read"):
        PrmVerifier(folder, messages)


def test_options_stand_behind_the_folder(small: Path, tmp_path: Path) -> None:
    known = ("label", "at", "between", "good", "bad")
    assert split_options("prm", "a/b:label=sound", known) == ("a/b", {"label": "sound"})
    assert split_options("prm", "label=sound", known) == ("", {"label": "sound"})
    assert split_options("prm", "c:/x:good=+:bad=-:at= ки", known) == ("c:/x", {"good": "+", "bad": "-", "at": " ки"})
    assert split_options("prm", "", known) == ("", {})
    assert split_options("prm", "runs/rate=1e-3/prm", known) == ("runs/rate=1e-3/prm", {})
    assert split_options("prm", "x:at= ки:between=\\n", known) == ("x", {"at": " ки", "between": "\n"})
    folder = classifying(small, tmp_path / "two", 2)
    found = open_verifier(f"prm:{folder}:label=1:at=\\n", Surroundings(messages=messages))
    assert found.name == "prm:two:label='1':at='\\n'"
    with pytest.raises(InputError, match="no option 'colour'; there are: label, at, between, good, bad"):
        open_verifier(f"prm:{folder}:colour=red", Surroundings(messages=messages))


def test_ids_are_taken_where_the_tokenizers_are_the_same(small: Path, tmp_path: Path) -> None:
    folder = classifying(small, tmp_path / "one", 1)
    tokenizer = Cutter(str(small), TEMPLATE).tokenizer
    letters = tuple(token for letter in GOOD for token in tokenizer(letter, add_special_tokens=False)["input_ids"])
    cut = Partial(problem=problem(), written=GOOD, ids=letters)
    whole = partial(GOOD)
    same, unknown = PrmVerifier(folder, messages, tokens=tokenizer), PrmVerifier(folder, messages)
    assert same._reader.ids(cut)[-len(letters) :] == list(letters)
    assert unknown._reader.ids(cut) == unknown._reader.ids(whole) == same._reader.ids(whole)
    assert same.score([cut])[0].value != same.score([whole])[0].value
