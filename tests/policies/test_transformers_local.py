"""Loading, prompts, transcripts and the decode loop of the transformers policy."""

from __future__ import annotations

import json
import math
import random
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kv"))

import torch
import transformers
from tiny import save_model, tiny_config, tiny_model, tiny_tokenizer, writing_model

from verisearch.errors import InputError, MissingExtraError, PolicyError
from verisearch.policies import first_stop, open_policy, sample
from verisearch.policies import transformers as transformers_policy
from verisearch.policies.local.gguf import cache_folder
from verisearch.policies.local.loading import load_model
from verisearch.policies.local.prompts import Encoder
from verisearch.policies.local.transcript import Transcript, added_texts, decoder_of
from verisearch.policies.transformers import TransformersPolicy
from verisearch.protocols import Failure, Fork, Message, NextScores, Prefix, Reply, Request, Sampling
from verisearch.runtime.engine import Engine
from verisearch.runtime.prompting import Template
from verisearch.runtime.solving import SolveOptions, solve_all
from verisearch.search.multifurcation import Multifurcation, multifurcation
from verisearch.search.reflect import Reflect
from verisearch.trace import Problem

pytestmark = pytest.mark.local

TOKENIZER = tiny_tokenizer()


def asking(text: str, seeds: tuple[int, ...] = (0,), **settings: Any) -> Request:
    return Request(prefix=Prefix(messages=(Message("user", text),)), sampling=Sampling(**settings), seeds=seeds)


def draws(answer: Reply | Failure) -> list[Any]:
    assert isinstance(answer, Reply), answer
    return list(answer.draws)


# --- transcripts ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(20))
def test_a_transcript_is_the_text_of_its_tokens_wherever_it_begins(seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(rng.choice(["the", " cat", "é", "→", "🦊", "\n\n", ".\n", "x"]) for _ in range(30))
    ids = TOKENIZER(text)["input_ids"]
    decode = decoder_of(TOKENIZER)
    start = rng.randrange(len(ids))
    transcript = Transcript(decode, ids[:start])
    for end in range(start, len(ids)):
        transcript.add(ids[end])
        assert transcript.text == decode(ids[start : end + 1])


@pytest.mark.parametrize(
    ("text", "stop"),
    [("a cat.\n\nSo", "\n\n"), ("a cat.\n\nSo", ".\n\nS"), ("x→y", "→"), ("x\n\n→y", "\n\n"), ("is so", "s s")],
)
def test_a_stop_string_is_found_with_the_token_that_completes_it(text: str, stop: str) -> None:
    ids = TOKENIZER(text)["input_ids"]
    decode = decoder_of(TOKENIZER)
    transcript = Transcript(decode, (), (stop, "never"))
    taken = next(count for count, token in enumerate(ids, 1) if transcript.add(token))
    assert stop in decode(ids[:taken])
    assert stop not in decode(ids[: taken - 1])
    assert transcript.stop == first_stop(text, (stop,))


def test_a_stop_string_is_found_though_its_token_begins_the_next_character() -> None:
    pieces = {0: b"ab", 1: b"\n\xe2", 2: b"\x86", 3: b"\x92!"}
    transcript = Transcript(lambda ids: b"".join(pieces[i] for i in ids).decode("utf-8", "replace"), (), ("b\n",))
    assert not transcript.add(0)
    assert transcript.add(1)
    assert (transcript.text, transcript.stop) == ("ab\n\ufffd", 3)


def test_a_tokenizer_that_drops_a_leading_space_keeps_it_inside_a_reply() -> None:
    words = {0: "▁The", 1: "▁cat", 2: "s"}
    transcript = Transcript(lambda ids: "".join(words[i] for i in ids).replace("▁", " ").removeprefix(" "), [0])
    for token in (1, 2, 1):
        transcript.add(token)
    assert transcript.text == " cats cat"


@pytest.mark.parametrize("seed", range(20))
def test_texts_that_tokens_add_join_to_the_whole(seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(rng.choice(["the", " cat", "é", "→", "🦊", "\n\n", ".\n", "x"]) for _ in range(30))
    ids = TOKENIZER(text)["input_ids"]
    decode = decoder_of(TOKENIZER)
    pieces = [added_texts(decode, ids[:place], [token])[0] for place, token in enumerate(ids)]
    assert "".join(pieces) == text
    for place in range(len(ids)):
        # what several tokens would add in one place does not depend on one another
        assert added_texts(decode, ids[:place], ids) == [added_texts(decode, ids[:place], [token])[0] for token in ids]


def test_a_tokenizer_that_drops_a_leading_space_keeps_it_in_the_text_that_a_token_adds() -> None:
    words = {0: "▁The", 1: "▁cat", 2: "s"}

    def decode(ids: list[int]) -> str:
        return "".join(words[i] for i in ids).replace("▁", " ").removeprefix(" ")

    assert added_texts(decode, [0], [1, 2]) == [" cat", "s"]
    assert added_texts(decode, [], [1]) == ["cat"]


# --- prompts ----------------------------------------------------------------------------------------------------
def test_without_a_template_contents_are_joined_by_blank_lines() -> None:
    prefix = Prefix(messages=(Message("system", "is"), Message("user", "the cat")), written="So")
    prompt, written = Encoder(TOKENIZER, 272).prefix(prefix)
    assert TOKENIZER.decode(prompt) == "is\n\nthe cat"
    assert TOKENIZER.decode(written) == "So"


def test_given_ids_are_never_made_anew() -> None:
    spelled = tuple(TOKENIZER.convert_tokens_to_ids(list("the")))  # the tokenizer itself would merge them
    prefix = Prefix(messages=(Message("user", "is"),), written="the", ids=spelled)
    assert Encoder(TOKENIZER, 272).prefix(prefix)[1] == list(spelled)
    with pytest.raises(InputError, match=r"ids\[1\]: 272"):
        Encoder(TOKENIZER, 272).prefix(Prefix(messages=(), ids=(1, 272)))


def test_the_name_of_a_special_token_in_a_reply_is_only_text() -> None:
    _, written = Encoder(TOKENIZER, 272).prefix(Prefix(messages=(), written="the</s>"))
    assert 257 not in written
    assert TOKENIZER.decode(written) == "the</s>"


def test_the_name_of_a_special_token_in_a_message_is_only_text() -> None:
    tokenizer = tiny_tokenizer()
    messages = (Message("user", "0 the</s> cat<s>"), Message("user", "00-0-00</s>"), Message("user", "is"))
    plain, _ = Encoder(tokenizer, 272).prefix(Prefix(messages=messages))
    assert 257 not in plain
    assert tokenizer.decode(plain) == "0 the</s> cat<s>\n\n00-0-00</s>\n\nis"
    tokenizer.chat_template = "<s>{% for m in messages %}[{{ m.role }}] {{ m.content }}</s>{% endfor %}"
    prompt, _ = Encoder(tokenizer, 272).prefix(Prefix(messages=messages))
    assert (prompt.count(256), prompt.count(257)) == (1, 3), "the template's own"
    assert tokenizer.decode(prompt) == "<s>[user] 0 the</s> cat<s></s>[user] 00-0-00</s></s>[user] is</s>"
    calm, _ = Encoder(tokenizer, 272).prefix(Prefix(messages=messages[2:]))
    assert tokenizer.decode(calm) == "<s>[user] is</s>"


def test_the_template_of_the_tokenizer_is_used() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system here') }}{% endif %}"
        "<s>{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}So{% endif %}"
    )
    encoder = Encoder(tokenizer, 272)
    prompt, _ = encoder.prefix(Prefix(messages=(Message("user", "{{ the }}"),)))
    assert prompt[0] == 256
    assert tokenizer.decode(prompt) == "<s>{{ the }}\nSo"
    with pytest.raises(InputError, match="no system here"):
        encoder.prefix(Prefix(messages=(Message("system", "x"),)))


# --- loading ----------------------------------------------------------------------------------------------------
def test_a_folder_loads_and_writes(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    policy = open_policy(str(folder))
    assert policy.name == "transformers:model"
    assert len(draws(sample(policy, [asking("the cat", (1, 2), max_tokens=5)])[0])) == 2
    policy.close()


def test_replies_end_with_any_of_the_named_end_tokens(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    settings = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
    (folder / "generation_config.json").write_text(json.dumps({**settings, "eos_token_id": [3, 257]}), encoding="utf-8")
    assert TransformersPolicy(folder).ends == {3, 257}


def missing(tmp_path: Path, name: str) -> Path:
    folder = save_model(tmp_path / "model")
    (folder / name).unlink()
    return folder


def test_what_cannot_be_loaded_is_said(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such folder"):
        load_model(str(tmp_path / "nowhere"))
    with pytest.raises(PolicyError, match=r"no such \.gguf file"):
        load_model(tmp_path / "nowhere.gguf")
    with pytest.raises(PolicyError, match="neither"):
        load_model(__file__)
    with pytest.raises(PolicyError, match="no model is named"):
        load_model("")
    with pytest.raises(PolicyError, match="device 'quantum' can't be used"):
        load_model(tmp_path, device="quantum")
    with pytest.raises(PolicyError, match=r"no config\.json"):
        load_model(missing(tmp_path, "config.json"))


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = missing(tmp_path, "model.safetensors")
    with pytest.raises(PolicyError, match="no weights"):
        load_model(folder)
    torch.save(tiny_model().state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(PolicyError, match=r"pytorch_model\.bin could run code"):
        load_model(folder)


def test_broken_weights_are_said_to_be_broken(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"not a safetensors file")
    with pytest.raises(PolicyError, match="can't be loaded"):
        load_model(folder)


def test_code_in_a_folder_is_not_run(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model")
    trap = tmp_path / "ran"
    (folder / "trap.py").write_text(f"open({str(trap)!r}, 'w')\n", encoding="utf-8")
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings.update(model_type="trap", auto_map={"AutoConfig": "trap.Config", "AutoModelForCausalLM": "trap.Model"})
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(PolicyError, match="can't be loaded"):
        load_model(folder)
    assert not trap.exists()


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"'torch'.*verisearch\[local\]"):
        runpy.run_path(str(Path(transformers_policy.__file__)))


def test_a_model_object_needs_its_tokenizer() -> None:
    with pytest.raises(InputError, match="tokenizer="):
        TransformersPolicy(tiny_model())
    with pytest.raises(InputError, match="batch"):
        TransformersPolicy(tiny_model(), tokenizer=TOKENIZER, batch=0)


def written_gguf(path: Path) -> Any:
    """A tiny random Llama as a GGUF file; the model that it holds."""
    gguf = pytest.importorskip("gguf", reason="gguf isn't installed")
    config = tiny_config(num_key_value_heads=4, rms_norm_eps=1e-5, tie_word_embeddings=False)
    torch.manual_seed(5)
    model = transformers.LlamaForCausalLM(config).eval()
    out = gguf.GGUFWriter(path, "llama")
    out.add_context_length(config.max_position_embeddings)
    out.add_embedding_length(config.hidden_size)
    out.add_block_count(config.num_hidden_layers)
    out.add_feed_forward_length(config.intermediate_size)
    out.add_head_count(config.num_attention_heads)
    out.add_head_count_kv(config.num_key_value_heads)
    out.add_layer_norm_rms_eps(config.rms_norm_eps)
    out.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    out.add_vocab_size(config.vocab_size)
    vocabulary = sorted(TOKENIZER.get_vocab().items(), key=lambda pair: pair[1])
    tokens = [token for token, _ in vocabulary] + ["<extra>"] * (config.vocab_size - len(vocabulary))
    out.add_tokenizer_model("gpt2")
    out.add_token_list(tokens)
    out.add_token_types([3 if token in ("<s>", "</s>") else 1 for token in tokens])
    core = json.loads(TOKENIZER.backend_tokenizer.to_str())
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in core["model"]["merges"]]
    out.add_token_merges(merges)
    out.add_bos_token_id(256)
    out.add_eos_token_id(257)
    names = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
    }
    parts = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    for layer in range(config.num_hidden_layers):
        names.update({f"model.layers.{layer}.{k}.weight": f"blk.{layer}.{v}.weight" for k, v in parts.items()})
    heads = config.num_attention_heads
    for name, tensor in model.state_dict().items():
        data = tensor.float()
        if name.endswith(("q_proj.weight", "k_proj.weight")):  # GGUF keeps the halves of rotary pairs interleaved
            data = data.reshape(heads, 2, data.shape[0] // heads // 2, data.shape[1]).swapaxes(1, 2).reshape(data.shape)
        out.add_tensor(names[name], data.contiguous().numpy())
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    return model


def test_a_gguf_file_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERISEARCH_CACHE", str(tmp_path / "cache"))
    expected = written_gguf(tmp_path / "tiny.gguf")
    model, tokenizer = load_model(tmp_path / "tiny.gguf")
    ids = tokenizer("the cat is so")["input_ids"]
    with torch.inference_mode():
        assert (model(torch.tensor([ids])).logits - expected(torch.tensor([ids])).logits).abs().max() < 1e-4
    (folder,) = (tmp_path / "cache" / "gguf").iterdir()
    assert (folder / "model.safetensors").is_file()
    stamp = (folder / "model.safetensors").stat().st_mtime_ns
    load_model(tmp_path / "tiny.gguf")
    assert [found.name for found in (tmp_path / "cache" / "gguf").iterdir()] == [folder.name]
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp


def test_a_broken_gguf_file_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gguf", reason="gguf isn't installed")
    monkeypatch.setenv("VERISEARCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUF but not really")
    with pytest.raises(PolicyError, match="can't be read as a model"):
        load_model(tmp_path / "broken.gguf")
    assert list((tmp_path / "cache" / "gguf").iterdir()) == []


def test_the_cache_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VERISEARCH_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == tmp_path / "verisearch"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder().parts[-3:] == ("Library", "Caches", "verisearch")


# --- the decode loop --------------------------------------------------------------------------------------------
def policy_of(**settings: Any) -> TransformersPolicy:
    return TransformersPolicy(writing_model(max_position_embeddings=256), tokenizer=tiny_tokenizer(), **settings)


MANY = [
    asking(f"The cat is number {index}.", (index, index + 100), max_tokens=4 + index % 9, stop=("\n\n",))
    for index in range(40)
]


def texts(policy: TransformersPolicy, lots: int = 40) -> list[str]:
    found = []
    for start in range(0, len(MANY), lots):
        for answer in sample(policy, MANY[start : start + lots]):
            found += [draw.text for draw in draws(answer)]
    policy.runner.check_integrity()
    assert not policy.runner.tree.open_leases
    return found


def test_in_invariant_mode_texts_do_not_depend_on_batches_or_on_the_cache() -> None:
    expected = texts(policy_of(invariant=True, batch=64))
    each = policy_of().runner.decoder
    one_path = 80 * (each.position_bytes + each.output_bytes)
    assert texts(policy_of(invariant=True, batch=1)) == expected
    assert texts(policy_of(invariant=True, batch=7)) == expected
    thrashing = policy_of(invariant=True, batch=7, cache_bytes=one_path)
    assert texts(thrashing) == expected
    assert thrashing.statistics.evictions > 20
    warm = policy_of(invariant=True, batch=64)
    assert texts(warm, 5) == texts(warm) == expected


def test_rows_join_while_others_are_half_way() -> None:
    policy = policy_of(batch=8)
    slow = policy.submit(asking("the", max_tokens=60, stop=()))
    policy.poll(0)
    seen: dict[int, Any] = {}
    tickets = []
    for index in range(10):
        tickets.append(policy.submit(asking(f"is {index}", max_tokens=3, stop=())))
        seen.update(policy.poll(0))
    while slow not in seen:
        seen.update(policy.poll())
    assert list(seen)[-1] == slow, "the short ones were done before the long one"
    assert set(tickets) < set(seen)


def test_a_budget_that_holds_one_request_answers_all() -> None:
    decoder = policy_of().runner.decoder
    policy = policy_of(cache_bytes=40 * (decoder.position_bytes + decoder.output_bytes))
    answers = sample(policy, [asking(f"the cat {index}", (1, 2), max_tokens=12, stop=()) for index in range(8)])
    assert all(len(draw.ids) <= 12 for answer in answers for draw in draws(answer))
    assert policy.statistics.held <= 40
    (refused,) = sample(policy, [asking("the cat", max_tokens=60)])
    assert isinstance(refused, Failure)
    assert refused.kind == "refused"
    assert "larger budget" in refused.message


def test_a_reply_ends_where_the_context_does() -> None:
    policy = policy_of()
    (answer,) = sample(policy, [asking("x" * 250, max_tokens=50, stop=())])
    (draw,) = draws(answer)
    assert draw.finish in ("length", "end")
    assert len(draw.ids) <= 7


def test_pieces_with_one_seed_equal_the_whole() -> None:
    policy = policy_of(invariant=True)
    (whole,) = draws(sample(policy, [asking("the cat", (9,), max_tokens=12, stop=())])[0])
    prefix = asking("the cat").prefix
    for _ in range(4):
        request = Request(prefix=prefix, sampling=Sampling(max_tokens=3, stop=()), seeds=(9,))
        (piece,) = draws(sample(policy, [request])[0])
        prefix = Prefix(
            messages=prefix.messages, written=prefix.written + piece.text, ids=(prefix.ids or ()) + piece.ids
        )
    assert prefix.ids == whole.ids


def test_usage_tells_read_from_cached() -> None:
    policy = policy_of()
    first, second = (sample(policy, [asking("the cat is", (1, 2), max_tokens=4, stop=())])[0] for _ in range(2))
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    assert first.usage.cached_tokens == 0
    assert second.usage.cached_tokens == second.usage.prompt_tokens == first.usage.prompt_tokens
    assert first.usage.generated_tokens == second.usage.generated_tokens == 8
    assert first.draws == second.draws


class Trouble:
    """Makes the model fail now and then."""

    def __init__(self, policy: TransformersPolicy, fails: Any, error: BaseException) -> None:
        self.calls = 0
        forward = policy.runner.decoder.forward

        def failing(ids: torch.Tensor, *rest: Any) -> torch.Tensor:
            self.calls += 1
            if fails(self.calls, len(ids)):
                raise error
            return forward(ids, *rest)

        policy.runner.decoder.forward = failing  # type: ignore[method-assign]


def test_a_fault_of_the_model_loses_nothing() -> None:
    expected = texts(policy_of(invariant=True))
    policy = policy_of(invariant=True)
    Trouble(policy, lambda call, _: call in (3, 30), RuntimeError("out of memory"))
    assert texts(policy) == expected


def test_a_model_that_cannot_take_large_batches_gets_smaller_ones() -> None:
    policy = policy_of(batch=64)
    policy.runner.chunk = 10**6
    Trouble(policy, lambda _, tokens: tokens > 400, MemoryError("no memory left"))
    answers = sample(policy, MANY)
    assert all(isinstance(answer, Reply) for answer in answers)


def test_a_model_that_always_fails_fails_its_requests() -> None:
    policy = policy_of()
    Trouble(policy, lambda *_: True, RuntimeError("broken for good"))
    answers = sample(policy, MANY[:5])
    assert all(isinstance(answer, Failure) and answer.kind == "failed" for answer in answers)
    assert all("broken for good" in answer.message for answer in answers if isinstance(answer, Failure))
    assert policy.poll() == []


def test_a_failure_while_scoring_or_cancelling_leaves_the_open_requests_whole() -> None:
    expected = draws(sample(policy_of(invariant=True), [asking("the cat", (1, 2, 3), max_tokens=9)])[0])
    policy = policy_of(invariant=True)
    ticket = policy.submit(asking("the cat", (1, 2, 3), max_tokens=9))
    other = policy.submit(asking("is", (1,), max_tokens=9))
    policy.poll(0)
    Trouble(policy, lambda call, _: call in (1, 2), RuntimeError("out of memory"))
    policy.cancel(other)  # its neighbours' tokens are computed here, and fail
    with pytest.raises(RuntimeError, match="out of memory"):
        policy.score(asking("so").prefix, [" the cat"])
    seen: dict[int, Any] = {}
    while len(seen) < 2:
        seen.update(policy.poll())
    assert isinstance(seen[other], Failure)
    assert draws(seen[ticket]) == expected
    assert policy.poll() == []


def test_an_interrupt_loses_nothing() -> None:
    expected = draws(sample(policy_of(invariant=True), [asking("the cat", (1, 2, 3), max_tokens=9)])[0])
    policy = policy_of(invariant=True)
    Trouble(policy, lambda call, _: call == 4, KeyboardInterrupt())
    ticket = policy.submit(asking("the cat", (1, 2, 3), max_tokens=9))
    with pytest.raises(KeyboardInterrupt):
        policy.poll()
    ((answered, answer),) = policy.poll()
    assert answered == ticket
    assert draws(answer) == expected


def test_scores_are_the_log_probabilities_of_the_model() -> None:
    model = writing_model()
    policy = TransformersPolicy(writing_model(), tokenizer=tiny_tokenizer())
    prefix = Prefix(messages=(Message("user", "the cat"),), written=" is")
    before = TOKENIZER("the cat")["input_ids"] + TOKENIZER(" is")["input_ids"]
    continuations = [" so", "", "é→", ".\n\nSo the cat"]
    for text, found in zip(continuations, policy.score(prefix, continuations), strict=True):
        own = TOKENIZER(text)["input_ids"]
        with torch.inference_mode():
            logprobs = model(torch.tensor([before + own])).logits[0].log_softmax(-1)
        expected = [float(logprobs[len(before) - 1 + place, token]) for place, token in enumerate(own)]
        assert list(found) == pytest.approx(expected, abs=1e-4)
    assert not policy.runner.tree.open_leases


def test_next_tokens_need_settings_in_range() -> None:
    policy = policy_of()
    with pytest.raises(InputError, match="top_p"):
        policy.next_tokens([], top_p=0, top_k=1)
    with pytest.raises(InputError, match="top_k"):
        policy.next_tokens([], top_p=1, top_k=-1)
    (everything,) = policy.next_tokens([asking("the").prefix], top_p=1.0, top_k=0)
    assert len(everything) == 272
    assert sum(2.718281828**choice.logprob for choice in everything) == pytest.approx(1, abs=1e-4)


def test_next_tokens_say_which_end_the_reply_and_leave_them_out_on_demand() -> None:
    policy = policy_of()
    prefix = asking("the").prefix
    (everything,) = policy.next_tokens([prefix], top_p=1.0, top_k=0)
    (others,) = policy.next_tokens([prefix], top_p=1.0, top_k=0, end=False)
    ends = [choice for choice in everything if choice.ends]
    assert {choice.id for choice in ends} == set(policy.ends)
    assert all(choice.text == "" for choice in ends)
    left = 1 - sum(math.exp(choice.logprob) for choice in ends)
    plain = {choice.id: choice.logprob for choice in everything if not choice.ends}
    assert {choice.id for choice in others} == set(plain)
    for choice in others:
        assert choice.logprob == pytest.approx(plain[choice.id] - math.log(left), abs=1e-5)
    # the nucleus is that of the mass that is left
    (few,) = policy.next_tokens([prefix], top_p=0.5, top_k=0, end=False)
    masses = [math.exp(choice.logprob) for choice in few]
    assert sum(masses[:-1]) < 0.5 <= sum(masses) + 1e-6


def test_a_model_with_a_chat_template_chats() -> None:
    tokenizer = tiny_tokenizer()
    assert "chat" not in policy_of().capabilities
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    assert "chat" in TransformersPolicy(writing_model(), tokenizer=tokenizer).capabilities
    assert "chat" not in TransformersPolicy.capabilities


@pytest.mark.parametrize("n", [1, 4])
def test_a_search_over_tokens_computes_each_position_once(n: int) -> None:
    policy = policy_of()
    forks: list[Fork] = []

    class Reward:
        name, meaning = "reward", "made up"

        def score_next(self, given: list[Fork]) -> list[NextScores]:
            forks.extend(given)
            return [
                NextScores(values=tuple(random.Random(f"{fork.ids}{each.id}").random() for each in fork.choices))
                for fork in given
            ]

        def close(self) -> None:
            pass

    settings = Multifurcation(n=n, verifier="reward", min_new_tokens=20, max_new_tokens=24)
    template = Template(name="test", turns=(Message("user", "{{ statement }}"),))
    engine = Engine(policy, {"reward": Reward()}, template)
    (found,) = engine.run([Problem(id="p", statement="the cat is")], lambda: multifurcation(settings))
    prompt = len(TOKENIZER("the cat is")["input_ids"])
    expanded = {fork.ids for fork in forks}
    assert len(expanded) == len(forks) == found.usage.generated_tokens == found.usage.verifier_calls
    # the root stands on the prompt; every other expanded chain is one more position, however many children it has
    assert policy.statistics.computed == policy.statistics.held == prompt + len(expanded) - 1
    assert sum(len(fork.choices) for fork in forks) > 3 * len(forks)
    assert not policy.runner.tree.open_leases
    for fork in forks:
        assert fork.ids is not None
        assert TOKENIZER.decode(list(fork.ids)).rstrip("\ufffd") == fork.partial.written
    assert found.choice.node is not None
    assert found.choice.node.depth >= 20


def test_a_chain_that_goes_back_is_the_models_own_turn_and_its_tokens_stay_in_the_trie() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    )
    policy = TransformersPolicy(writing_model(max_position_embeddings=4096), tokenizer=tokenizer)
    problem = Problem(id="p", statement="the cat is")
    options = SolveOptions(strategy="reflect", settings=Reflect(rounds=2, steps=2), max_tokens=8)
    found = next(solve_all([problem], policy, options))
    assert found.error is None
    revised = [event for event in found.events if "revise" in event]
    assert len(revised) == 2
    drawn = {tuple(event["draw"]): event["text"] for event in found.events if "draw" in event}
    before = 0
    for event in revised:
        path = tuple(event["revise"])
        written = "".join(drawn[path[: length + 1]] for length in range(before, len(path)))
        assert event["turns"][0] == {"role": "assistant", "content": written.strip()}
        before = len(event["path"])
    assert found.usage.cached_tokens > 0
    assert not policy.runner.tree.open_leases
