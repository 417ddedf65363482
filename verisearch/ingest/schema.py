"""The published JSON schemas."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["SCHEMAS", "SchemaName", "schema"]

SchemaName = Literal["trace", "verdict"]
SCHEMAS: tuple[SchemaName, ...] = ("trace", "verdict")


def schema(name: SchemaName) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of one trace as it is read, or of one verdict as it is written."""
    if name == "trace":
        from verisearch.ingest.records import TraceRecord

        return document(TraceRecord, "A reasoning trace with its problem, as verisearch reads it")
    from verisearch.verdict import TraceVerdict

    return document(TraceVerdict, "The verdict on a reasoning trace, as verisearch writes it")


def document(kind: type, title: str) -> dict[str, Any]:
    """The schema of ``kind`` with all it refers to."""
    (reference,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **reference,
        "$defs": components,
    }
