"""The settings of a run as its folder keeps them, and how those of two runs differ.

JSON doesn't say of which kind a strategy's settings were, so that they are read as what the strategy takes, and what is
compared is what the search would be given: 1 and 1.0 are no difference, a field that a strategy lost is one.
"""

from __future__ import annotations

from typing import Any

import msgspec

from verisearch import plugins
from verisearch.errors import InputError, VerisearchError
from verisearch.evaluation.arms import Arm
from verisearch.runtime.records import differences
from verisearch.search.chains import kind_of

__all__ = ["read_arm", "run_differences", "stored_arm"]


def stored_arm(arm: Arm) -> dict[str, Any]:
    """An arm as plain JSON data. How many problems are under way at once is left out: it changes no result."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(arm))
    del data["options"]["concurrency"]
    return data


def read_arm(data: dict[str, Any]) -> Arm:
    """The arm that `stored_arm` wrote, with settings of the kind that its strategy takes.

    Raises `InputError` if it can't be read, or holds something that isn't known here; `UnknownNameError` or
    `MissingExtraError` if the strategy isn't there.
    """
    try:
        options = dict(data["options"])
        kind = kind_of(plugins.load("strategies", options["strategy"]))
        settings = msgspec.convert(options.pop("settings"), kind)
        arm = msgspec.convert({**data, "options": options}, Arm)
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise InputError(f"can't be read: {error}") from error
    arm = msgspec.structs.replace(arm, options=msgspec.structs.replace(arm.options, settings=settings))
    if lost := sorted(names(data) - names(stored_arm(arm))):
        raise InputError(f"{lost[0]} is nothing that this version knows")
    return arm


def names(data: Any, above: str = "") -> set[str]:
    """The names of all fields, with those that they are in."""
    if not isinstance(data, dict):
        return set()
    found = {f"{above}{key}" for key in data}
    return found.union(*(names(value, f"{above}{key}.") for key, value in data.items()))


def run_differences(old: Any, new: Any) -> list[str]:
    """Where the settings of two runs differ, in words: ``old`` as a folder holds them, ``new`` as `settings` made
    them."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return differences(old, new)
    if old.get("mode") == "solve" and "arms" not in old:
        return ["it was made by a version that kept one strategy a run, and can't be gone on with by this one"]
    before, after = old.get("arms") or [], new.get("arms") or []
    rest, now = ({key: value for key, value in each.items() if key != "arms"} for each in (old, new))
    return differences(rest, now) + arm_differences(before, after)


def arm_differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """Where the arms of two runs differ, in words."""
    called, now = ([each.get("name") if isinstance(each, dict) else None for each in arms] for arms in (before, after))
    if called != now:
        return differences(called, now, "what is compared")
    found = []
    for old, new in zip(before, after, strict=True):
        try:
            known = read_arm(old)
        except VerisearchError as error:
            found.append(f"{old['name']}: its stored settings: {error}")
            continue
        found += [f"{old['name']}: {line}" for line in differences(stored_arm(known), stored_arm(read_arm(new)))]
    return found
