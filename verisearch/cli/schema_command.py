"""``verisearch schema``: print a JSON schema."""

from __future__ import annotations

import json

import click

from verisearch.ingest.schema import SCHEMAS, SchemaName, schema

__all__ = ["command"]


@click.command("schema")
@click.argument("name", type=click.Choice(SCHEMAS))
def command(name: SchemaName) -> None:
    """Print the JSON schema of a trace (what `verify` reads) or a verdict (what it writes).

    \b
    Example:
      verisearch schema trace > trace.schema.json
    """
    click.echo(json.dumps(schema(name), indent=2, ensure_ascii=False))
