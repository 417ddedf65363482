"""Start-up: ``verisearch --help`` against a bare import of what it prints with, and the size of an installation."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from common import finish, parser, table
from packaging.requirements import Requirement

BASELINE = [sys.executable, "-c", "import click, rich.console"]


def command() -> list[str]:
    """The installed console script of this interpreter."""
    found = shutil.which("verisearch", path=str(Path(sys.executable).parent)) or shutil.which("verisearch")
    if found is None:
        raise SystemExit("no `verisearch` command next to this Python; install the package first: pip install .")
    return [found, "--help"]


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def interleaved(commands: list[list[str]], runs: int) -> list[list[float]]:
    """Times of each command, run in turns so that both see the same machine."""
    for arguments in commands:  # once unmeasured: byte code and file cache
        seconds(arguments)
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(runs):
        for taken, arguments in zip(times, commands, strict=True):
            taken.append(seconds(arguments))
    return times


def core_dependencies(name: str) -> dict[str, Distribution]:
    """What a plain installation of ``name`` brings, without extras, itself included."""
    found: dict[str, Distribution] = {}
    pending = [name]
    while pending:
        current = pending.pop().lower().replace("_", "-")
        if current in found:
            continue
        try:
            found[current] = distribution(current)
        except PackageNotFoundError:
            continue
        for text in found[current].requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                pending.append(requirement.name)
    return found


def size(installed: Distribution) -> int:
    """Bytes of a distribution's files, compiled byte code left out."""
    paths = [Path(str(installed.locate_file(file))) for file in installed.files or [] if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--runs", type=int, default=15)
    args = arguments.parse_args()
    started = time.perf_counter()
    ours, bare = interleaved([command(), BASELINE], args.runs)
    medians = statistics.median(ours), statistics.median(bare)
    ratio = medians[0] / medians[1]
    sizes = {name: size(found) for name, found in sorted(core_dependencies("verisearch").items())}
    times = [
        ["verisearch --help", f"{1000 * medians[0]:.0f}"],
        ['python -c "import click, rich.console"', f"{1000 * medians[1]:.0f}"],
        ["ratio", f"{ratio:.2f}"],
    ]
    megabytes = [[name, f"{count / 1e6:.1f}"] for name, count in {**sizes, "all": sum(sizes.values())}.items()]
    tables = [
        table(f"Start-up, medians of {args.runs} runs", ["command", "milliseconds"], times),
        table("Size of a plain installation", ["package", "MB"], megabytes),
    ]
    figures = {"help_seconds": ours, "bare_seconds": bare, "ratio": ratio, "bytes": sizes}
    finish("startup", figures, tables, args.out, started)


if __name__ == "__main__":
    main()
