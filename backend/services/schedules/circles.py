"""Modules that would follow each other for ever: pure."""

from __future__ import annotations

from collections.abc import Iterable

from backend.services.modules.rules import After


def circle(follows: Iterable[tuple[str, After]], module_id: str) -> tuple[str, ...] | None:
    """The way by which runs of a module would lead to runs of it again, the module at both ends; None where none does.
    `follows` says of modules after which others they are run."""
    after: dict[str, list[str]] = {}
    for follower, rule in follows:
        for other in rule.modules:
            after.setdefault(other, []).append(follower)
    ways: list[tuple[str, ...]] = [(module_id,)]
    known: set[str] = set()
    while ways:
        way = ways.pop()
        for following in after.get(way[-1], ()):
            if following == module_id:
                return (*way, following)
            if following not in known:
                known.add(following)
                ways.append((*way, following))
    return None


def words(way: Iterable[str]) -> str:
    return f"it would run for ever, in a circle: {' → '.join(way)}"
