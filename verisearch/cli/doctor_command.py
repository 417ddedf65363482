"""``verisearch doctor``: what is installed, what works, how fast."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from verisearch.runtime.doctor import Finding, Health

__all__ = ["command"]

#: Seconds of the speed test for each batch size.
SECONDS = 4.0


@click.command("doctor")
@click.option("--speed/--no-speed", default=True, show_default=True, help="Measure the policy's speed (about 10 s).")
@click.option("--policy", default="embedded", show_default=True, metavar="SPEC", help="The policy to measure.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(speed: bool, policy: str, as_json: bool) -> None:
    """Say what is installed, which solvers and models work here, their sizes and speed.

    Exit code: 0 if checking and solving work on the defaults, 1 if not, 2 error.

    \b
    Examples:
      verisearch doctor
      verisearch doctor --no-speed --json
      verisearch doctor --policy openai:my-model@http://127.0.0.1:8000/v1
    """
    import msgspec

    from verisearch.policies import open_policy
    from verisearch.runtime.doctor import examine, speed_of

    health = examine()
    if speed and (policy != "embedded" or health.works):
        opened = open_policy(policy)
        try:
            health = msgspec.structs.replace(health, speed=speed_of(opened, SECONDS))
        finally:
            opened.close()
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(health)).decode())
    else:
        present(health, policy)
    sys.exit(0 if health.works else 1)


def present(health: Health, policy: str) -> None:
    """The examination as text."""
    gib = f", {health.memory_bytes / 1024**3:.0f} GiB of memory" if health.memory_bytes else ""
    click.echo(f"verisearch {health.verisearch}, Python {health.python}, {health.platform}")
    click.echo(f"{health.cores} cores{gib}; GPU: {health.cuda or 'none'}")
    if health.torch_threads is not None:
        click.echo(f"torch uses {health.torch_threads} threads (OMP_NUM_THREADS sets it)")
    have = [f"{name} {version}" for name, version in health.packages.items() if version is not None]
    lack = [name for name, version in health.packages.items() if version is None]
    click.echo(f"Packages: {', '.join(have)}")
    if lack:
        click.echo(f"Not installed: {', '.join(lack)}")
    listed("Solvers", health.solvers)
    listed("Policies", health.policies)
    if health.embedded_bytes is not None:
        click.echo(f"Embedded model: {health.embedded_bytes / 1e6:.1f} MB")
    click.echo(f"API key in the environment: {'yes' if health.api_key else 'no'}")
    for name, value in health.speed.items():
        batch = name.rpartition("_")[2]
        click.echo(f"Speed of {policy}, {batch} at once: {value:,.0f} tokens a second")


def listed(title: str, findings: tuple[Finding, ...]) -> None:
    click.echo(f"{title}:")
    for finding in findings:
        click.echo(f"  {'works' if finding.works else 'lacks'}  {finding.name}: {finding.detail}")
