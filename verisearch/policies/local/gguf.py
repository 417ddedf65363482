"""GGUF files, converted once to safetensors: reading a GGUF takes many seconds, the converted folder a fraction."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import safetensors
import torch
import transformers

from verisearch.errors import MissingExtraError, PolicyError

__all__ = ["UNREADABLE", "cache_folder", "converted"]

#: What transformers lets through when a model's files are broken or of an unknown kind.
UNREADABLE = (
    OSError,
    ValueError,
    LookupError,
    RuntimeError,
    TypeError,
    AttributeError,
    struct.error,
    safetensors.SafetensorError,
)


def cache_folder() -> Path:
    """Where converted models are kept: ``VERISEARCH_CACHE``, or the platform's folder for caches."""
    given = os.environ.get("VERISEARCH_CACHE")
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "verisearch"


def converted(path: Path) -> Path:
    """The folder that ``path`` was converted to, made now if it isn't there or the file has changed since.

    It holds 32-bit weights. Raises `PolicyError` if the file can't be read as a model, `MissingExtraError` without the
    package that reads GGUF.
    """
    for package in ("gguf", "accelerate"):  # transformers needs both
        if find_spec(package) is None:
            raise MissingExtraError(
                f"{path}: reading GGUF needs the package {package!r}: pip install 'verisearch[gguf]', or in a checkout "
                "pip install '.[gguf]'"
            )
    facts = path.stat()
    known = f"{path.resolve()}|{facts.st_size}|{facts.st_mtime_ns}|{transformers.__version__}"
    target = cache_folder() / "gguf" / f"{path.stem}-{hashlib.sha256(known.encode()).hexdigest()[:16]}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".converting-", dir=target.parent))
    try:
        convert(path, work)
        try:
            work.rename(target)  # all or nothing: a folder of this name is always whole
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def convert(path: Path, folder: Path) -> None:
    """Write the model and tokenizer of a GGUF file as a Hugging Face folder."""
    try:
        read: Any = transformers.AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=torch.float32, trust_remote_code=False
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    except UNREADABLE as error:
        raise PolicyError(f"{path}: this GGUF file can't be read as a model: {error}") from error
    settings = read.config.to_dict()
    settings.pop("quantization_config", None)  # with it, transformers refuses to save what it has read
    plain: Any = transformers.AutoModelForCausalLM.from_config(type(read.config).from_dict(settings))
    plain.load_state_dict(read.state_dict())
    plain.generation_config = read.generation_config
    plain.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
