"""What became of the runs of an earlier life of the daemon, told from what the keeper holds and what the rows say.

The keeper's word counts. A run whose tree it holds goes on, or has the outcome that the tree had; one whose tree it
does not know is over, and nobody knows how; one that never had a tree waits on. Pure but for what it is given.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from backend.database.repositories.runs import Both
from backend.services.modules.model import Module
from backend.services.processes.runtime import Tree
from backend.services.runs.entry import Entry
from backend.services.runs.happenings import Adopted, Happening, Lost, Resumed, State, Unfit
from backend.services.runs.rows import entry_of
from backend.services.runs.spec import OWNER, RunSpec, noted

log = logging.getLogger(__name__)

GONE = "its secret parameters were held in memory only, and went with the daemon; start it again"

FindModule = Callable[[str], Module | None]


@dataclass(frozen=True)
class Recovered:
    """A run with the happening that tells it what is so, and its tree where there is one."""

    entry: Entry
    happening: Happening
    tree: Tree | None = None


@dataclass(frozen=True)
class Found:
    """`stray` are trees that stand for nothing any more: to be ended, and forgotten."""

    runs: Sequence[Recovered]
    stray: Sequence[Tree]


def recover(
    rows: Iterable[Both], trees: Iterable[Tree], find: FindModule, *, over: Collection[str] = (), fresh: bool
) -> Found:
    """`over` are runs that are stored with their end. `fresh`: the keeper has held nothing before, so that what ran
    under an earlier one is gone."""
    held = _by_run(trees)
    found, stray = [], []
    for both in rows:
        mine = held.pop(both[1].run_id, [])
        present = _present(mine, both[0].attempt)
        stray += [tree for tree in mine if tree is not present]
        found.append(_recovered(entry_of(both, find(both[0].subject or "")), present, fresh=fresh))
    for mine in held.values():
        present = mine[-1]
        stray += mine[:-1]
        if present.owner[1] in over:
            stray.append(present)
        else:
            found.append(_from_note(present))
    return Found(found, stray)


def _by_run(trees: Iterable[Tree]) -> dict[str, list[Tree]]:
    """The latest last."""
    found: dict[str, list[Tree]] = {}
    for tree in sorted(trees, key=lambda one: one.started_at):
        if tree.owner[0] == OWNER:
            found.setdefault(tree.owner[1], []).append(tree)
    return found


def _present(mine: Sequence[Tree], attempt: int) -> Tree | None:
    """The one that counts: of this attempt, or of a later one that the row has not learnt of."""
    return mine[-1] if mine and noted(mine[-1])[1] >= attempt else None


def _recovered(entry: Entry, tree: Tree | None, *, fresh: bool) -> Recovered:
    state = entry.state
    if tree is not None:
        entry.spec, attempt = noted(tree)  # as it was launched, whatever its module says now
        entry.state = replace(state, attempt=attempt, tree=tree.id)
        entry.spec = _without_retries(entry)
        return Recovered(entry, Adopted(tree.id, tree.identity.pid, tree.started_at.timestamp()), tree)
    if state.status == "queued" or (state.status == "starting" and state.pid is None and not fresh):
        entry.state = replace(state, status="queued", tree=None)
        return Recovered(entry, Unfit(GONE) if entry.spec.secrets else Resumed())
    return Recovered(entry, Lost(state.tree or ""))


def _from_note(tree: Tree) -> Recovered:
    """A tree of which the database knows nothing: the daemon died before it could be written."""
    spec, attempt = noted(tree)
    entry = Entry(spec, State(queued_at=spec.queued_at.timestamp(), attempt=attempt))
    entry.spec = _without_retries(entry)
    return Recovered(entry, Adopted(tree.id, tree.identity.pid, tree.started_at.timestamp()), tree)


def _without_retries(entry: Entry) -> RunSpec:
    """Another attempt would need the secrets, which are gone."""
    spec = entry.spec
    if not spec.secrets:
        return spec
    return replace(spec, policy=replace(spec.policy, attempts=entry.state.attempt))
