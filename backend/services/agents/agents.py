"""Agents as the rest of the program has them: what the files in the index of the knowledge base describe now.

They are read again when one of these files is another; nothing is kept of them that could be wrong.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.services.agents.errors import UnknownAgent
from backend.services.agents.model import Agent, Level, Tree
from backend.services.agents.reading import FIRST, SECOND, THIRD, read_agents
from backend.services.definitions.faults import nearest
from backend.services.knowledge.files import File
from backend.services.knowledge.index import Page, Wanted
from backend.services.knowledge.knowledge import Knowledge

_NUMBERED = re.compile(r"(?:L[1-3]\.)?(\d{1,3}(?:\.\d{1,3}){0,2})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class Shown:
    """An agent with how many agents are right below it, and how many files are its own."""

    agent: Agent
    parent: Agent | None
    children: int
    files: int


@dataclass(frozen=True, slots=True)
class Search:
    """Which agents: `parent` is the id of one, `text` a part of the name, the role or the id."""

    level: Level | None = None
    parent: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    agents: tuple[Shown, ...]
    total: int
    faults: tuple[str, ...] = field(default=())


class Agents:
    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._tree = Tree()
        self._files: tuple[File, ...] = ()

    async def tree(self) -> Tree:
        """Raises `IndexUnavailable`."""
        files = await self._knowledge.named((FIRST, SECOND, THIRD))
        if files != self._files:
            texts = [(one.place, one.id, (await self._knowledge.document(one.id)).text) for one in files]
            self._tree = await asyncio.to_thread(read_agents, texts)
            self._files = files
        return self._tree

    async def get(self, agent_id: str) -> Agent:
        """By its id, or by its number: `L2.1.3`, `L1.1-art-director` and `1` name it too. Raises `UnknownAgent`."""
        tree = await self.tree()
        found = tree.agents.get(agent_id)
        if found is None and (numbered := _NUMBERED.fullmatch(agent_id)):
            found = tree.by_number.get(tuple(int(part) for part in numbered[1].split(".")))
        if found is not None:
            return found
        meant = nearest(agent_id, tree.agents)
        hint = f"; did you mean `{meant}`?" if meant else ". GET /api/agents lists those that there are."
        raise UnknownAgent(f"There is no agent `{agent_id}`{hint}")

    async def search(self, wanted: Search, *, limit: int, offset: int) -> Found:
        """In the order of their numbers, a level after the other. Raises `UnknownAgent` for the parent."""
        tree = await self.tree()
        parent = None if wanted.parent is None else await self.get(wanted.parent)
        text = wanted.text.lower()
        fitting = [
            one
            for one in sorted(tree.agents.values(), key=lambda one: (one.level, one.number))
            if wanted.level in (None, one.level)
            and (parent is None or (one.number[: len(parent.number)] == parent.number and one is not parent))
            and any(text in part.lower() for part in (one.name, one.role, one.id))
        ]
        counts = await self._counts()
        shown = tuple(_shown(tree, one, counts) for one in fitting[offset : offset + limit])
        return Found(shown, len(fitting), tuple(map(str, tree.wrong)))

    async def shown(self, agent: Agent) -> Shown:
        return _shown(await self.tree(), agent, await self._counts())

    async def below(self, agent: Agent) -> tuple[Shown, ...]:
        """The agents right below it."""
        tree, counts = await self.tree(), await self._counts()
        return tuple(_shown(tree, one, counts) for one in tree.of(agent))

    async def files(self, agent: Agent, *, limit: int, offset: int) -> Page:
        """What was routed to it, the newest first."""
        owner = _owner(agent, await self._counts())
        return await self._knowledge.files(Wanted(agent=owner), limit=limit, offset=offset)

    async def _counts(self) -> Mapping[str, int]:
        """Files by the folder of an agent of the first level, and by the id of a lower one."""
        return await self._knowledge.counts_by_owner()


def _owner(agent: Agent, counts: Mapping[str, int]) -> str:
    """By what its files are known: the id of a lower agent, else the folder with its name or the beginning of that, as
    `game-systems` is that of `04_game_systems_developer`."""
    if agent.folder is None:
        return agent.id.lower()
    begins = [one for one in counts if agent.folder == one or agent.folder.startswith(f"{one}-")]
    return max(begins, key=len, default=agent.folder)


def _shown(tree: Tree, agent: Agent, counts: Mapping[str, int]) -> Shown:
    return Shown(agent, tree.above(agent), len(tree.of(agent)), counts.get(_owner(agent, counts), 0))
