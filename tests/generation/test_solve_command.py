"""``verisearch solve`` and ``verisearch doctor`` as people call them, with a scripted policy for the model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted import GOOD, ScriptedPolicy, always

from verisearch.protocols import Message

CONTEXT = "Bob is kind. Kind people are nice. Nice people are not sad."
BAD = "Bob is tall.\nSo Bob is nice.\nThe answer is True."


def test_a_verified_chain_is_shown_with_its_verdicts(call) -> None:  # type: ignore[no-untyped-def]
    done = call("solve", "Bob is nice.", "--context", CONTEXT)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "trace: Bob is nice."
    assert any("✓ entailed" in line and "So Bob is nice." in line for line in lines)
    assert [line for line in lines if "Is Bob nice?" in line] == [" 1  · no claim        Is Bob nice?"]
    assert done.out.count("Kind people are nice.") == 1
    assert "VALID" in done.out
    assert "strategy: greedy; tokens:" in done.out
    assert call.opened[0].closed


def test_steps_appear_in_order_and_only_once_while_the_chain_grows(call) -> None:  # type: ignore[no-untyped-def]
    def steps(*given: object) -> list[list[str]]:
        lines = call("solve", "Bob is nice.", "--context", CONTEXT, *given).out.splitlines()
        return [line.split() for line in lines if line[:3].strip().isdigit()]

    watched = steps()
    assert [words[0] for words in watched] == ["1", "2", "3", "4", "5"]
    assert watched == steps("--strategy", "best-of-n", "--n", 1)


def test_a_verifier_that_is_not_there_is_refused_before_a_model_is_opened(call) -> None:  # type: ignore[no-untyped-def]
    for spec in ("nobody", "nobody:0.1", "(nobody)"):
        done = call("solve", "Bob is nice.", "--context", CONTEXT, "--verifier", spec)
        assert done.code == 2
        assert "no verifier named 'nobody'; installed: " in done.err
    assert call("solve", "Bob is nice.", "--context", CONTEXT, "--verifier", ":0.1").code == 2
    assert call.opened == []


def test_an_empty_context_is_pointed_out(call) -> None:  # type: ignore[no-untyped-def]
    done = call(
        "solve", "Bob is nice.", "--context", "", reply="Nothing says that Bob is nice.\nThe answer is Unknown."
    )
    assert "the context is empty: nothing was given to reason from" in done.out
    assert "the context is empty" not in call("solve", "Bob is nice.", "--context", CONTEXT).out


def test_a_chain_with_a_guess_exits_with_1(call) -> None:  # type: ignore[no-untyped-def]
    done = call("solve", "Bob is nice.", "--context", CONTEXT, reply=BAD)
    assert done.code == 1
    assert "ungrounded" in done.out


def test_a_chain_without_an_answer_exits_with_3(call) -> None:  # type: ignore[no-untyped-def]
    done = call("solve", "Bob is nice.", "--context", CONTEXT, reply="Bob is kind.\n")
    assert done.code == 3
    assert "no final answer" in done.out


def test_a_chain_that_leaps_is_valid_but_not_verified(call) -> None:  # type: ignore[no-untyped-def]
    reply = "So Bob is not sad.\nThe answer is True."
    assert call("solve", "Bob is not sad.", "--context", CONTEXT, reply=reply).code == 3
    assert call("solve", "Bob is not sad.", "--context", CONTEXT, "--max-leap", "any", reply=reply).code == 0


def test_json_holds_the_chain_the_verdict_and_every_draw(call) -> None:  # type: ignore[no-untyped-def]
    done = call("solve", "Bob is nice.", "--context", CONTEXT, "--json", "--strategy", "best-of-n", "--n", 3)
    found = json.loads(done.out)
    assert found["verified"] is True
    assert found["answer"] == "True"
    assert len(found["candidates"]) == 3
    assert sum("draw" in event for event in found["events"]) == 15
    assert found["usage"]["discarded_tokens"] == 2 * (len(GOOD) + 1)


def test_html_and_text_go_to_files(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page, text = tmp_path / "chain.html", tmp_path / "chain.txt"
    assert call("solve", "Bob is nice.", "--context", CONTEXT, "--format", "html", "--out", page).code == 0
    assert "<html" in page.read_text()
    assert call("solve", "Bob is nice.", "--context", CONTEXT, "--out", text).code == 0
    assert "So Bob is nice." in text.read_text()


def test_the_settings_reach_the_policy(call) -> None:  # type: ignore[no-untyped-def]
    policy = ScriptedPolicy(always(GOOD))
    given = ["--strategy", "sample", "--temperature", "0.3", "--top-p", "0.9", "--top-k", "5", "--max-tokens", "70"]
    assert call("solve", "Bob is nice.", "--context", CONTEXT, *given, policy=policy).code == 0
    sampling = policy.requests[0].sampling
    assert (sampling.temperature, sampling.top_p, sampling.top_k, sampling.max_tokens) == (0.3, 0.9, 5, 70)
    assert "Kind people are nice." in policy.requests[0].prefix.messages[-1].content


def test_the_same_seed_draws_the_same_and_another_does_not(call) -> None:  # type: ignore[no-untyped-def]
    def seeds(*given: object) -> list[int]:
        policy = ScriptedPolicy(always(GOOD))
        call("solve", "Bob is nice.", "--context", CONTEXT, *given, policy=policy)
        return [seed for request in policy.requests for seed in request.seeds]

    assert seeds("--seed", 4) == seeds("--seed", 4) != seeds("--seed", 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["solve", "--context", CONTEXT], "STATEMENT"),
        (["solve", "Bob is nice.", "--context", CONTEXT, "--policy", "broken"], "no weights"),
        (["solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "magic"], "no strategy named 'magic'"),
        (
            ["solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "multifurcation"],
            "can't tell the probabilities",
        ),
        (["solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "reflect"], "takes no second turn"),
        (
            ["solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "reflect", "--set", "turns=2"],
            "rounds, template",
        ),
        (["solve", "Bob is nice.", "--context", CONTEXT, "--prompt", "nope"], "no prompt template"),
        (["solve", "Bob is nice.", "--context", CONTEXT, "--solver", "nope"], "no solver named"),
        (["solve", "Bob is nice.", "--context", CONTEXT, "--temperature", "-1"], "temperature"),
        (["solve", "Bob is nice.", "--context", CONTEXT, "--n", "0"], "--n"),
    ],
)
def test_wrong_input_is_named_without_a_traceback(call, arguments: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    done = call(*arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_strategies_of_one_policy_ability_are_told_what_they_need_and_take_their_own_settings(call) -> None:  # type: ignore[no-untyped-def]
    policy = ScriptedPolicy(lambda messages, written, seed: GOOD if len(messages) > 2 else BAD)
    policy.capabilities = policy.capabilities | {"chat"}
    given = ("solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "reflect")
    assert call(*given, "--set", "rounds=0", policy=policy).code == 1
    done = call(*given, "--set", "rounds=1", "--json", policy=policy)
    assert done.code == 0
    found = json.loads(done.out)
    assert [candidate["verified"] for candidate in found["candidates"]] == [False, True]
    (revised,) = [event for event in found["events"] if "revise" in event]
    assert [turn["role"] for turn in revised["turns"]] == ["assistant", "user"]


def test_reflection_is_shown_before_and_after(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    policy = ScriptedPolicy(lambda messages, written, seed: GOOD if len(messages) > 2 else BAD)
    policy.capabilities = policy.capabilities | {"chat"}
    page = tmp_path / "page.html"
    given = ("solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "reflect")
    done = call(*given, "--html", page, policy=policy)
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    (before,) = [line for line in lines if line.startswith("0 no ")]
    (after,) = [line for line in lines if line.startswith("1 yes ")]
    assert before.endswith("given back")
    assert after.endswith("True (entailed) chosen")
    assert "1 ! ungrounded Bob is tall." in lines
    assert "given back with its verdicts" in done.err
    shown = page.read_text(encoding="utf-8")
    assert "Before and after" in shown
    assert "Round 0, given back" in shown
    assert "given back" not in call("solve", "Bob is nice.", "--context", CONTEXT).out


def test_a_policy_that_fails_is_an_error_with_its_reason(call) -> None:  # type: ignore[no-untyped-def]
    done = call("solve", "Bob is nice.", "--context", CONTEXT, policy=ScriptedPolicy(always(GOOD), fail_at=0))
    assert done.code == 2
    assert "the server went away" in done.err


def test_doctor_names_what_works_and_what_lacks(call) -> None:  # type: ignore[no-untyped-def]
    done = call("doctor", "--no-speed", "--json")
    found = json.loads(done.out)
    assert {finding["name"]: finding["works"] for finding in found["solvers"]}["z3"] is True
    assert {"embedded", "openai", "replay", "transformers", "vllm"} <= {each["name"] for each in found["policies"]}
    assert found["packages"]["z3-solver"]
    assert done.code in (0, 1)
    text = call("doctor", "--no-speed")
    assert "Solvers:" in text.out
    assert text.code == done.code


def test_doctor_measures_the_policy_it_is_given(call) -> None:  # type: ignore[no-untyped-def]
    heard: list[Message] = []

    def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
        heard.extend(messages)
        return "So Bob is nice." * 10

    from verisearch.runtime.doctor import speed_of

    ticks = iter(range(100))
    speed = speed_of(ScriptedPolicy(script), 2.0, now=lambda: float(next(ticks)))
    assert set(speed) == {"tokens_per_second_batch_1", "tokens_per_second_batch_16"}
    assert all(value > 0 for value in speed.values())
    assert heard


def test_what_can_not_be_written_is_said_before_the_search(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for option in ("--html", "--out"):
        done = call("solve", "Bob is nice.", "--context", CONTEXT, option, tmp_path / "no" / "page.html")
        assert done.code == 2
        assert f"there is no folder '{tmp_path / 'no'}'" in " ".join(done.err.split())
        done = call("solve", "Bob is nice.", "--context", CONTEXT, option, "")
        assert done.code == 2
        assert "is empty" in done.err
    same = ("--out", tmp_path / "page", "--html", tmp_path / "page")
    done = call("solve", "Bob is nice.", "--context", CONTEXT, *same)
    assert done.code == 2
    assert "another option writes this file" in " ".join(done.err.split())
    assert not call.opened  # no model was loaded


def test_a_prompt_that_is_no_text_is_an_error(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "prompt").write_bytes(b"\xff\xfe\x00 [user]")
    done = call("solve", "Bob is nice.", "--context", CONTEXT, "--prompt", tmp_path / "prompt")
    assert done.code == 2
    assert "not UTF-8 text" in done.err


def test_settings_of_the_wrong_kind_are_told_plainly(call) -> None:  # type: ignore[no-untyped-def]
    for setting, said in (
        ("draws=many", "draws can't be 'many'; give a whole number"),
        ("criterion=best", "criterion can't be 'best'; give threshold or power or exponential"),
        ("fallbacks=pray", "fallbacks can't be ['pray']; give take or backtrack or restart or stop or abstain"),
        ("weighted=perhaps", "weighted can't be 'perhaps'; give true or false"),
    ):
        done = call("solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "latts", "--set", setting)
        assert done.code == 2
        assert said in " ".join(done.err.split())
        assert "$." not in done.err


def test_a_blank_statement_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    for command in ("solve", "prove"):
        done = call(command, "   ", "--context", CONTEXT)
        assert done.code == 2
        assert "STATEMENT" in done.err


def test_proving_from_nothing_is_pointed_out(call) -> None:  # type: ignore[no-untyped-def]
    done = call("prove", "Bob is nice.", "--context", "")
    assert done.code == 1
    assert "the context is empty" in done.err


def test_a_file_without_rows_is_an_error(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = tmp_path / "none.jsonl"
    data.write_text("")
    done = call("eval", "proofwriter", "--data", data, "--mode", "solve", "--out", tmp_path / "run")
    assert done.code == 2
    assert "holds no rows" in done.err
    done = call("eval", "proofwriter", "--data", tmp_path / "nofile.jsonl", "--mode", "prove", "--out", tmp_path / "x")
    assert done.code == 2
    assert f"{tmp_path / 'nofile.jsonl'}: no such file" in done.err
    assert not (tmp_path / "x").exists()
