"""Creators and rules of routing, as the metadata of a knowledge base has them. What is wrong is told one by one, and
takes nothing else with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from backend.services.knowledge.spec import TIERS, Tier

CREATORS, ROUTING = "creator-database.json", "routing-rules.json"
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TEXTS = ("name", "handle", "subscribers", "focus", "update_frequency", "notes", "channel_url")
_LISTS = ("primary_agents", "sub_agents", "knowledge_categories")
_NUMBERS = ("scan_last_n_videos", "value_rating")
_RULE_LISTS = ("primary_agents", "sub_agents", "micro_agents")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a file of metadata: `where` is like `creators[3].id`."""

    file: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.message}" if self.where else f"{self.file}: {self.message}"


@dataclass(frozen=True, slots=True)
class Creator:
    """`priority` is None where neither the creator nor a tier says so. `said` is all that the file has of them."""

    id: str
    name: str
    priority: Tier | None
    said: Mapping[str, Any]

    @property
    def focus(self) -> str:
        return str(self.said.get("focus") or "")


@dataclass(frozen=True, slots=True)
class Metadata:
    creators: Mapping[str, Creator] = field(default_factory=dict)
    tiers: Mapping[Tier, tuple[str, ...]] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()


def read_metadata(files: Sequence[tuple[str, str]]) -> Metadata:
    """Of files, each as its whole path and its text. Of two creators with the same id the first counts."""
    creators: dict[str, Creator] = {}
    rules: dict[str, Mapping[str, Any]] = {}
    wrong: list[Wrong] = []
    for path, text in files:
        document = _document(path, text, wrong)
        if path.endswith(CREATORS):
            for one in _creators(path, document, wrong):
                creators.setdefault(one.id, one)
        else:
            rules = {**_rules(path, document, wrong), **rules}
    tiers = {tier: tuple(one.id for one in creators.values() if one.priority == tier) for tier in TIERS}
    return Metadata(creators, tiers, rules, tuple(wrong))


def _document(path: str, text: str, wrong: list[Wrong]) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        wrong.append(Wrong(path, "", f"it is not JSON: {error}"))
        return {}
    if not isinstance(document, dict):
        wrong.append(Wrong(path, "", "it must be an object"))
        return {}
    return document


def _creators(path: str, document: Mapping[str, Any], wrong: list[Wrong]) -> Iterator[Creator]:
    listed = document.get("creators", [])
    if not isinstance(listed, list):
        wrong.append(Wrong(path, "creators", "it must be a list"))
        return
    in_tier = _tiers(path, document, wrong)
    seen: set[str] = set()
    for number, said in enumerate(listed):
        where = f"creators[{number}]"
        one = _creator(path, where, said, in_tier, wrong)
        if one is not None and one.id in seen:
            wrong.append(Wrong(path, f"{where}.id", f"`{one.id}` is there already"))
        elif one is not None:
            seen.add(one.id)
            yield one
    wrong += (
        Wrong(path, f"priority_tiers.{tier}", f"there is no creator `{id_}`")
        for id_, tier in in_tier.items()
        if id_ not in seen
    )
    metadata = document.get("metadata")
    total = metadata.get("total_creators") if isinstance(metadata, dict) else None
    if total is not None and total != len(seen):
        wrong.append(Wrong(path, "metadata.total_creators", f"it says {total}, and there are {len(seen)}"))


def _tiers(path: str, document: Mapping[str, Any], wrong: list[Wrong]) -> dict[str, Tier]:
    """The tier of each creator that a tier lists. A tier may also be described in words, which list nobody."""
    tiers = document.get("priority_tiers", {})
    if not isinstance(tiers, dict):
        wrong.append(Wrong(path, "priority_tiers", "it must be an object"))
        return {}
    found: dict[str, Tier] = {}
    for tier, ids in tiers.items():
        if tier not in TIERS:
            wrong.append(Wrong(path, f"priority_tiers.{tier}", f"it is none of {', '.join(TIERS)}"))
        elif isinstance(ids, list):
            found.update({id_: cast(Tier, tier) for id_ in ids if isinstance(id_, str)})
    return found


def _creator(path: str, where: str, said: Any, in_tier: Mapping[str, Tier], wrong: list[Wrong]) -> Creator | None:
    if not isinstance(said, dict):
        wrong.append(Wrong(path, where, "it must be an object"))
        return None
    id_ = said.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        wrong.append(Wrong(path, f"{where}.id", "it must be a word of letters, digits, - and _"))
        return None
    for name in (*_TEXTS, *_LISTS, *_NUMBERS):
        if name in said and not _fits(name, said[name]):
            wrong.append(Wrong(path, f"{where}.{name}", f"it must be {_meant(name)}"))
    priority = said.get("priority")
    if priority is not None and priority not in TIERS:
        wrong.append(Wrong(path, f"{where}.priority", f"it is none of {', '.join(TIERS)}"))
        priority = None
    listed = in_tier.get(id_)
    if priority and listed and priority != listed:
        wrong.append(Wrong(path, f"{where}.priority", f"it says {priority}, and priority_tiers has it in {listed}"))
    called = said.get("name")
    fitting = {key: value for key, value in said.items() if _fits(key, value)}
    return Creator(id_, called if isinstance(called, str) and called else id_, priority or listed, fitting)


def _rules(path: str, document: Mapping[str, Any], wrong: list[Wrong]) -> dict[str, Mapping[str, Any]]:
    said = document.get("routing_rules", {})
    if not isinstance(said, dict):
        wrong.append(Wrong(path, "routing_rules", "it must be an object"))
        return {}
    found: dict[str, Mapping[str, Any]] = {}
    for category, rule in said.items():
        if not isinstance(rule, dict):
            wrong.append(Wrong(path, f"routing_rules.{category}", "it must be an object"))
            continue
        for name in _RULE_LISTS:
            if not _is_words(rule.get(name, [])):
                wrong.append(Wrong(path, f"routing_rules.{category}.{name}", "it must be a list of words"))
        found[category] = {
            **{name: rule[name] if _is_words(rule.get(name)) else [] for name in _RULE_LISTS},
            "priority": rule.get("priority") if rule.get("priority") in TIERS else None,
        }
    return found


def _fits(name: str, value: Any) -> bool:
    if value is None:
        return True
    if name in _LISTS:
        return _is_words(value)
    if name in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) if name in _TEXTS else True


def _meant(name: str) -> str:
    return "a list of words" if name in _LISTS else "a whole number" if name in _NUMBERS else "text"


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
