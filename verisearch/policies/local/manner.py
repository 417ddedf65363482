"""How a model in a folder is to be asked, as the file ``verisearch.json`` beside its weights says."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from verisearch.errors import PolicyError

__all__ = ["MANNER", "Manner", "manner_of", "refuse_reward"]

#: The file that says it.
MANNER = "verisearch.json"


class Manner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``prompt``: the template that the model understands, by its name here or as a file beside its weights; None: no
    particular one. ``chat``: False for a model that was taught a single turn, whatever its chat template joins.
    ``doubt``: the question by which it is asked whether its answer is correct, and the word that says so."""

    prompt: str | None = None
    chat: bool = True
    doubt: tuple[str, str] | None = None


def refuse_reward(source: str | os.PathLike[str]) -> None:
    """Raises `PolicyError` for the folder of a reward model, whose words mean nothing."""
    folder = Path(source).expanduser()
    kind = next((kind for kind in ("mrm", "prm") if (folder / f"{kind}.safetensors").is_file()), "")
    try:
        config = msgspec.json.decode((folder / "config.json").read_bytes())
        named = config.get("architectures") if isinstance(config, dict) else None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        named = None  # a name on the hub, a file, or a folder of which loading says what is wrong
    if isinstance(named, list) and any("Classification" in str(each) for each in named):
        kind = kind or "prm"
    if kind:
        raise PolicyError(f"{source}: a reward model, which writes nothing; use it as --verifier {kind}:{source}")


def manner_of(source: str | os.PathLike[str]) -> Manner:
    """How the model in ``source`` is to be asked; a folder without the file, and what is no folder, say nothing. A
    prompt that is a file comes back with its path.

    Raises `PolicyError` for a file that can't be read, or that names a prompt elsewhere.
    """
    folder = Path(source).expanduser()
    path = folder / MANNER
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manner)
    except (FileNotFoundError, NotADirectoryError):
        return Manner()
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise PolicyError(f"{path}: can't be read ({error}); correct it, or delete it and give --prompt") from error
    if found.prompt is None:
        return found
    if Path(found.prompt).name != found.prompt:  # a model from elsewhere has no say about other files
        raise PolicyError(f"{path}: prompt {found.prompt!r} is neither a template's name nor a file beside it")
    beside = folder / found.prompt
    return msgspec.structs.replace(found, prompt=str(beside)) if beside.is_file() else found
