"""What is known of a document beside its text: from where it lies, from its name, and from its first lines.

The places are those of a knowledge base that routes insights to agents; any other folder has fewer facts and no faults.

    ai-agents/<agent>/<category>/<creator>-<video id>-<YYYYMMDD>.md
    ai-agents/<agent>/sub-agents/L2.x.y/micro-agents/L3.x.y.z/…
    knowledge-base/…/L1-<agent>/<category>/…
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backend.services.knowledge.indexing.kinds import Kind

HEAD = 4000  # characters in which a title and what stands under it are looked for
KNOWLEDGE_BASE = "knowledge-base"
_DATED = re.compile(r"(?P<stem>.+)-(?P<date>\d{8})")
_YOUTUBE = re.compile(r"(?P<creator>.+)-[A-Za-z0-9_-]{11}")
_BOLD = re.compile(r"^\s*(?:[-*]\s+)?\*\*(?P<key>[A-Za-z ]{1,30}):?\*\*:?\s*(?P<value>.+?)\s*$", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_CONFIDENCE = re.compile(r"confidence[^\n]*?(\d{1,3}(?:\.\d+)?)\s*%", re.IGNORECASE)
_SUB_AGENT = re.compile(r"L[23](?:\.\d+){2,3}", re.IGNORECASE)
_INSIGHT_KEYS = ("primary_topic", "key_insights")


@dataclass(frozen=True, slots=True)
class Facts:
    """`agent` is the folder of an agent, `sub_agent` the id of a lower one such as `L2.1.3`, or the agent of a folder
    `L1-<agent>` that `knowledge-base` holds; `date` is like
    `2026-11-21`; `confidence` runs from 0 to 1. `fault` is what is wrong with a file that looks like an insight."""

    title: str = ""
    agent: str | None = None
    sub_agent: str | None = None
    category: str | None = None
    creator: str | None = None
    date: str | None = None
    confidence: float | None = None
    fault: str | None = None


def facts_of(path: str, kind: Kind, text: str) -> Facts:
    """`path` is from the root, with slashes."""
    placed = _of_place(path.split("/"))
    if kind == "markdown":
        return _of_markdown(path, placed, text)
    if kind == "json" and any(f'"{key}"' in text for key in _INSIGHT_KEYS):
        return _of_insight(path, placed, text)
    return replace(placed, title=_title(path, kind, text))


def _of_place(parts: list[str]) -> Facts:
    folders = parts[:-1]
    for index, part in enumerate(folders):
        rest = folders[index + 1 :]
        owner = next((at for at, one in enumerate(rest) if one.lower().startswith("l1-")), None)
        if part.lower() == KNOWLEDGE_BASE and owner is not None:
            return Facts(agent=KNOWLEDGE_BASE, sub_agent=rest[owner][3:].lower(), category=_at(rest, owner + 1))
        if part.lower() == "ai-agents" and rest and rest[0].lower() not in ("ai-agents", KNOWLEDGE_BASE):
            lower = next((one for one in reversed(rest) if _SUB_AGENT.fullmatch(one)), None)
            category = None if lower else _at(rest, 1)
            return Facts(agent=rest[0], sub_agent=lower.upper() if lower else None, category=category)
    return Facts()


def _of_markdown(path: str, placed: Facts, text: str) -> Facts:
    said = {match["key"].strip().lower(): match["value"] for match in _BOLD.finditer(text[:HEAD])}
    end = {match["key"].strip().lower(): match["value"] for match in _BOLD.finditer(text[-HEAD:])}
    creator, date = _of_name(path, said.get("video id"))
    shares = [float(found[1]) for found in _CONFIDENCE.finditer(text)] if "onfidence" in text else []
    share = shares[-1] / 100 if shares else None
    return replace(
        placed,
        title=_title(path, "markdown", text),
        category=placed.category or end.get("category"),
        creator=creator or _creator_line(said),
        date=date or _day(said.get("added") or said.get("date")),
        confidence=share if share is not None and share <= 1 else None,
        fault=_confidence_fault(said.get("confidence")),
    )


def _confidence_fault(said: str | None) -> str | None:
    found = None if said is None else re.match(r"(\d{1,3}(?:\.\d+)?)\s*%", said)
    wrong = said is not None and (found is None or float(found[1]) > 100)
    return f"its confidence is not a share from 0% to 100%: {said[:60]}" if wrong and said else None


def _of_insight(path: str, placed: Facts, text: str) -> Facts:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        creator, date = _of_name(path, None)
        fault = f"it looks like an insight and is not JSON: {error}"
        return replace(placed, title=_stem(path), creator=creator, date=date, fault=fault)
    if not isinstance(said, dict) or not all(key in said for key in _INSIGHT_KEYS):
        return replace(placed, title=_stem(path))
    creator, date = _of_name(path, _word(said, "video_id"))
    share = said.get("confidence_score")
    told = share if isinstance(share, (int, float)) and not isinstance(share, bool) and 0 <= share <= 100 else None
    targets = said.get("target_agents")
    agent = str(targets[0]) if isinstance(targets, list) and targets else None
    return replace(
        placed,
        title=_word(said, "primary_topic") or _stem(path),
        agent=placed.agent or agent,
        category=placed.category or _word(said, "knowledge_category"),
        creator=creator or _word(said, "creator_id"),
        date=date or _day(_word(said, "analyzed_at")),
        confidence=None if told is None else told / 100,
        fault=None if told == share else "its confidence_score is no number from 0 to 100",
    )


def _of_name(path: str, video: str | None) -> tuple[str | None, str | None]:
    """Creator and date, from `<creator>-<video id>-<YYYYMMDD>` or `<creator>-insights`."""
    stem = _stem(path)
    if stem.lower().endswith("-insights"):
        return stem[: -len("-insights")].lower(), None
    dated = _DATED.fullmatch(stem)
    if dated is None:
        return None, None
    before = dated["stem"]
    if video and before.endswith(f"-{video.strip()}"):
        creator: str | None = before[: -len(video.strip()) - 1]
    else:
        found = _YOUTUBE.fullmatch(before)
        creator = found["creator"] if found else None
    return creator.lower() if creator else None, _day(dated["date"])


def _creator_line(said: Mapping[str, str]) -> str | None:
    name = said.get("creator")
    return re.sub(r"\s*\(.*", "", name).strip().lower().replace(" ", "-") or None if name else None


def _day(text: str | None) -> str | None:
    for form, length in (("%Y-%m-%d", 10), ("%Y%m%d", 8)):
        try:
            return datetime.strptime((text or "")[:length], form).date().isoformat()  # noqa: DTZ007  # a day
        except ValueError:
            continue
    return None


def _title(path: str, kind: Kind, text: str) -> str:
    """The first heading; of what has none its first line, and of code and data the name."""
    head = text[:HEAD]
    if kind in ("markdown", "html", "notebook") and (found := _HEADING.search(head)):
        return found[1].strip("*_ ")[:300]
    if kind in ("markdown", "text", "pdf", "html"):
        first = next((line.strip() for line in head.splitlines() if any(map(str.isalnum, line))), "")
        return first.strip("#=-* ")[:300] or _stem(path)
    return path.rpartition("/")[2]


def _word(said: Mapping[str, Any], key: str) -> str | None:
    value = said.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0] or path.rpartition("/")[2]


def _at(parts: list[str], index: int) -> str | None:
    return parts[index] if index < len(parts) else None
