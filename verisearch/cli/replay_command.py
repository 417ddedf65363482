"""``verisearch replay``: strategies run again on recorded answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verisearch.cli.options import records_of
from verisearch.cli.progress import progress_bar

if TYPE_CHECKING:
    from verisearch.evaluation.replaying import Outcome, Replayed

__all__ = ["command"]

#: Records that are all listed; of more than these only the ones that depart.
LISTED = 20


@click.command("replay")
@click.argument("record", type=click.Path(exists=True, path_type=Path))
@click.option("--id", "ids", multiple=True, metavar="ID", help="Replay only the problem with this id; may be repeated.")
@click.option("--all", "everything", is_flag=True, help=f"List every record, also where there are more than {LISTED}.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(record: Path, ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Run the strategies of RECORD again on their recorded answers, without any model, verifier or solver.

    RECORD is the folder of a run of verisearch eval --mode solve (or its records.jsonl), or a file of verisearch solve
    --json. A strategy that is handed the answers it had must ask, note and choose as it did: "same", or the first place
    where it departs. Answers are compared before risk control, and are extracted anew.

    Exit code: 0 all are the same, 1 at least one departs, 2 error.

    \b
    Examples:
      verisearch solve "Bob is nice." --context theory.txt --strategy latts --json --out found.json
      verisearch replay found.json
      verisearch replay runs/solve
      verisearch replay runs/solve --id p7 --json
    """
    from verisearch.evaluation.replaying import read_searches, replay

    found: list[Replayed] = []
    missing: dict[str, str] = {}
    path = records_of(record)
    total = sum(1 for _ in path.open("rb")) if record.is_dir() else None
    seen: set[str] = set()
    with progress_bar("replay", total) as done:
        for number, each in enumerate(read_searches(record), 1):
            names = {each.id, each.problem.id}
            if not ids or names & set(ids):
                seen |= names
                if each.missing:
                    missing[each.id] = each.missing
                else:
                    found.append(replay(each))
            if done is not None:
                done(0, number)
    if unknown := set(ids) - seen:
        raise click.UsageError(f"--id {min(unknown)}: {record} has no such problem")
    if not found and not missing:
        raise click.ClickException(f"{record} holds no record yet")
    if as_json:
        show_json(found, missing)
    else:
        show(found, missing, everything)
    sys.exit(0 if all(each.same for each in found) else 1)


def show_json(found: list[Replayed], missing: dict[str, str]) -> None:
    """All as one JSON object."""
    import msgspec

    same = sum(each.same for each in found)
    counts = {"replayed": len(found), "same": same, "departed": len(found) - same}
    click.echo(msgspec.json.format(msgspec.json.encode({**counts, "records": found, "not_replayed": missing})).decode())


def show(found: list[Replayed], missing: dict[str, str], everything: bool) -> None:
    """One line a record, and the counts."""
    for each in found:
        if each.same and (everything or len(found) <= LISTED):
            click.echo(f"{each.id}: same, {said(each.recorded)}")
        elif not each.same:
            now = said(each.now) if each.now is not None else "no end"
            click.echo(f"{each.id}: DEPARTS, recorded {said(each.recorded)}, now {now}")
            click.echo(f"  {each.departure}")
    for name, why in missing.items():
        click.echo(f"{name}: not replayed: {why}")
    same = sum(each.same for each in found)
    left = f"; {len(missing)} not replayed" if missing else ""
    click.echo(f"{len(found)} replayed: {same} same, {len(found) - same} departed{left}")


def said(outcome: Outcome) -> str:
    """An outcome in a few words."""
    if outcome.error is not None:
        return f"error ({outcome.error})"
    if outcome.abstained:
        return "abstained"
    return f"answer {outcome.answer}" if outcome.answer is not None else "no answer"
