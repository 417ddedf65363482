"""From a server's choice to a draw: what it was stopped by, and which log-probabilities are its own."""

from __future__ import annotations

from verisearch.policies.openai.answers import Choice, TokenNote
from verisearch.policies.stops import first_stop
from verisearch.protocols import Draw, Finish, Sampling

__all__ = ["draw_from"]


def draw_from(choice: Choice, sampling: Sampling, *, with_logprobs: bool, with_ids: bool) -> Draw:
    """The draw that a finished choice stands for.

    Servers cut the stop string off; it is put back. vLLM says which it was (``stop_reason``). Others say only
    "stop", for the end of a reply too: then an empty text is taken for the end of the reply, any other for a text
    cut at the one stop string there was. Taking an end for a stop does little harm: the next draw is empty. (Where
    there were several, the server wasn't told of them, and the stream was watched.)
    """
    text, finish = choice.text, ended(choice)
    stop = first_stop(text, sampling.stop)
    if stop is not None:  # left in the text; or the server knows no stop strings and wrote on
        text, finish = text[:stop], "stop"
    elif finish == "stop":
        missing = stop_string(choice, sampling, text)
        text += missing
        stop = len(text) if missing else None
        finish = "stop" if missing else "end"
    notes = notes_of(text, choice.notes, ended_itself=finish == "end")
    return Draw(
        text=text,
        ids=tuple(choice.ids[: len(choice.ids) - (finish == "end")]) if with_ids else None,
        logprobs=tuple(note.logprob for note in notes) if with_logprobs else None,
        finish=finish,
        stop=stop,
    )


def ended(choice: Choice) -> Finish:
    """``"stop"`` stands for an end that may be either."""
    return "length" if choice.finish in ("length", "max_tokens") else "stop" if choice.finish == "stop" else "end"


def stop_string(choice: Choice, sampling: Sampling, text: str) -> str:
    """The stop string that was cut off; "" if the reply came to its own end."""
    if choice.watched:
        return ""
    if choice.tells_stop:
        return choice.stop_reason if choice.stop_reason in sampling.stop else ""
    return sampling.stop[0] if sampling.stop and text else ""


def notes_of(text: str, notes: list[TokenNote], *, ended_itself: bool) -> list[TokenNote]:
    """The tokens that make up ``text``: without what came after a stop string, and without the end token."""
    wanted, covered = len(text.encode("utf-8")), 0
    for number, note in enumerate(notes):
        if covered >= wanted:
            return notes[:number]
        covered += len(note.data)
    # The tokens' own spelling may be shorter than the text (bytes that are not told): all count but the end token.
    return notes[:-1] if ended_itself and covered > wanted else notes
