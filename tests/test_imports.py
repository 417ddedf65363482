"""Imports run downwards only, and starting up loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Lowest first. Parts of one layer may import each other's layer but not what stands above.
LAYERS = (
    {"trace", "verdict", "usage", "errors", "protocols", "plugins"},
    {"ingest"},
    {"logic", "maths"},
    {"solvers", "answers"},
    {"kv", "symbolic"},
    {"verifiers", "policies"},
    {"search"},
    {"runtime"},
    {"evaluation", "training", "report"},
    {"api", "streaming"},
    {"cli", "__main__"},
)
LEVEL = {name: level for level, layer in enumerate(LAYERS) for name in layer}

#: Data that any layer may read.
OPEN_TO_ALL = {"prompts"}

HEAVY = (
    "z3",
    "torch",
    "transformers",
    "numpy",
    "scipy",
    "sklearn",
    "matplotlib",
    "vllm",
    "httpx",
    "networkx",
    "jinja2",
    "lark",
    "cvc5",
    "clingo",
    "sympy",
)


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package under its dotted name."""
    for package, folder in (
        ("verisearch", ROOT / "verisearch"),
        ("verisearch.solvers", ROOT / "solvers"),
        ("verisearch.prompts", ROOT / "prompts"),
    ):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((package, *(part for part in parts if part != "__init__"))), path


def imported(name: str, path: Path) -> Iterator[tuple[str, int]]:
    """The verisearch modules that a file imports, inside functions too, with the line."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            # `from verisearch import x` may name a module or something the top offers; x decides.
            targets = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            if target == "verisearch" or target.startswith("verisearch."):
                yield target, node.lineno


def part_of(dotted: str) -> str | None:
    """The top-level part a dotted name belongs to; None for the package itself."""
    pieces = dotted.split(".")
    return pieces[1] if len(pieces) > 1 else None


MODULES = list(modules())


def test_the_package_is_found() -> None:
    assert {"verisearch", "verisearch.trace", "verisearch.solvers", "verisearch.cli"} <= {name for name, _ in MODULES}


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_run_downwards(name: str, path: Path) -> None:
    own = part_of(name)
    if own is None or own in OPEN_TO_ALL:
        allowed = len(LAYERS) if own is None else -1  # the package's own __init__ gathers the public names
    else:
        assert own in LEVEL, f"{name}: {own!r} stands in no layer; add it to LAYERS"
        allowed = LEVEL[own]
    for target, line in imported(name, path):
        part = part_of(target)
        if part in OPEN_TO_ALL or part is None or part.startswith("__"):
            continue
        if part not in LEVEL:  # a public name of the package: it may come from anywhere, so only the top may use it
            assert own is None or allowed >= LEVEL["api"], f"{path}:{line}: import {target} from its own module"
            continue
        assert LEVEL[part] <= allowed, f"{path}:{line}: {own} may not import {target}, which stands above it"


def loaded_after(statement: str) -> set[str]:
    """The heavy modules that a fresh interpreter has loaded after running ``statement``."""
    code = f"import sys\n{statement}\nprint('LOADED', *(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    last = done.stdout.strip().splitlines()[-1].split()
    assert last[0] == "LOADED"
    return set(last[1:])


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import verisearch") == set()


def test_help_loads_nothing_heavy() -> None:
    show_help = """
from verisearch.cli import main
sys.argv = ["verisearch", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""
    assert loaded_after(show_help) == set()


def test_heavy_modules_are_noticed() -> None:
    assert loaded_after("import lark") == {"lark"}


def test_the_oracle_does_not_import_verisearch() -> None:
    sources = sorted((ROOT / "tests" / "oracle").glob("*.py"))
    assert sources
    for path in sources:
        assert not list(imported("oracle", path)), f"{path} must stay independent"
