"""What an agent is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Level = Literal["L1", "L2", "L3"]
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Agent:
    """`id` is like `01_art_director`, `L2.1.3` or `L3.1.3.2`; `number` is its place, e.g. (1, 3, 2). `source` is where
    the file that describes it lies in its root, and `file_id` that file's in the knowledge base.

    Of the first level: `folder` is that of its insights, e.g. `art-director`.
    """

    id: str
    level: Level
    number: tuple[int, ...]
    name: str
    source: str
    file_id: str
    role: str = ""
    objective: str = ""
    responsibilities: tuple[str, ...] = ()
    read_write: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    word_count: int = 0
    sections: int = 0
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a file that describes agents; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}: line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Tree:
    """All agents by their ids in the order of their numbers, and the children of each number."""

    agents: Mapping[str, Agent] = field(default_factory=dict)
    children: Mapping[tuple[int, ...], tuple[Agent, ...]] = field(default_factory=dict)
    by_number: Mapping[tuple[int, ...], Agent] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()

    def of(self, agent: Agent) -> tuple[Agent, ...]:
        """The agents of the next level below."""
        return self.children.get(agent.number, ())

    def above(self, agent: Agent) -> Agent | None:
        return self.by_number.get(agent.number[:-1])
