"""Which process belongs to which tree: by session, by control group, by mark, by output, and from parent to child."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping

from keeper.posix_cgroup import ControlGroups
from keeper.posix_table import ProcessTable, Seen
from keeper.protocol import Identity


class Members:
    """`reaper` is the pid that orphans of trees are given to: the keeper's own on Linux, init's elsewhere."""

    def __init__(self, table: ProcessTable, groups: ControlGroups | None, reaper: int) -> None:
        self._table = table
        self._groups = groups
        self._reaper = reaper
        self._known: dict[tuple[int, str], str] = {}  # seen in the last walks or learned since, by pid and start
        self._missed: frozenset[tuple[int, str]] = frozenset()  # of those, who was not in the very last one

    def of(
        self, roots: Mapping[int, str], pipes: Mapping[int, str], adopted: Mapping[str, Identity]
    ) -> dict[str, list[tuple[int, str]]]:
        """Pid and start of each living member, by tree. `roots` are the root pids of living trees, `pipes` the inodes
        of their outputs, `adopted` the roots of trees that were started elsewhere."""
        seen = self._table.walk()
        found = self._assign(seen, roots, pipes, adopted)
        self._remember({(pid, seen[pid].start): tree for pid, tree in found.items()}, seen)
        members: dict[str, list[tuple[int, str]]] = {}
        for pid, tree in found.items():
            if not seen[pid].zombie:
                members.setdefault(tree, []).append((pid, seen[pid].start))
        return members

    def learn(self, tree: str, members: Iterable[tuple[int, str]]) -> None:
        """Who belongs to it, by pid and start, for the walks to come."""
        self._known.update(dict.fromkeys(members, tree))

    def _remember(self, present: dict[tuple[int, str], str], seen: Mapping[int, Seen]) -> None:
        """A walk is no instant: who was missed once is known again, if the next one finds it."""
        known = self._known.items()
        missed = {one: tree for one, tree in known if one[0] not in seen and one not in self._missed}
        self._known = {**present, **missed}
        self._missed = frozenset(missed)

    def no_orphans(self, roots: Collection[int]) -> bool:
        """True when nothing can live of trees whose root has ended: what a dead root leaves behind becomes our child,
        or has a parent that did. One small file instead of a walk; False where the system does not tell."""
        try:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
                return {int(pid) for pid in file.read().split()} <= set(roots)
        except OSError:
            return False

    def survivors(self, prefix: str) -> dict[int, tuple[str, str]]:
        """Processes of an earlier keeper whose tree's id begins with `prefix`: tree and start by pid. Each has had its
        start from before its mark was read until after: it is the one that was marked, and no later one of that pid."""
        seen = self._table.walk()
        left = self._groups.left() if self._groups is not None else {}
        marked = self._table.marks([pid for pid in seen if pid != os.getpid()])
        trees = {**left, **{pid: tree for pid, tree in marked.items() if tree.startswith(prefix)}}
        return {
            pid: (tree, seen[pid].start)
            for pid, tree in trees.items()
            if pid in seen and self._table.start_of(pid) == seen[pid].start
        }

    def _assign(
        self,
        seen: dict[int, Seen],
        roots: Mapping[int, str],
        pipes: Mapping[int, str],
        adopted: Mapping[str, Identity],
    ) -> dict[int, str]:
        found = self._of_adopted(seen, adopted)
        unclear = []
        ours = {*roots.values(), *adopted}
        for pid, one in seen.items():
            tree = roots.get(one.session) or self._known.get((pid, one.start))
            if tree in ours:
                found[pid] = tree
            elif one.parent == self._reaper and pid != os.getpid() and not one.zombie:
                unclear.append(pid)
        if roots and unclear:
            found.update(self._claimed(unclear, ours, pipes))
        return spread(found, seen)

    def _of_adopted(self, seen: dict[int, Seen], adopted: Mapping[str, Identity]) -> dict[int, str]:
        """Neither session nor mark nor output is theirs alone: the root itself, and who is in its control group."""
        found = {}
        for tree, root in adopted.items():
            if root.pid in seen and seen[root.pid].start == root.start:
                found[root.pid] = tree
            if self._groups is not None:
                found.update((pid, tree) for pid in self._groups.pids(tree) if pid in seen)
        return found

    def _claimed(self, unclear: list[int], ours: Collection[str], pipes: Mapping[int, str]) -> dict[int, str]:
        """Orphans in sessions of their own, which nothing but these tie to their tree."""
        found: dict[int, str] = {}
        if self._groups is not None:
            found = {pid: tree for tree in ours for pid in self._groups.pids(tree) if pid in unclear}
        left = [pid for pid in unclear if pid not in found]
        found.update((pid, tree) for pid, tree in self._table.marks(left).items() if tree in ours)
        for pid, outputs in self._table.pipes([pid for pid in left if pid not in found]).items():
            found.update((pid, pipes[pipe]) for pipe in outputs if pipe in pipes)
        return found


def spread(found: dict[int, str], seen: Mapping[int, Seen]) -> dict[int, str]:
    """What a member started is a member."""
    children: dict[int, list[int]] = {}
    for pid, one in seen.items():
        children.setdefault(one.parent, []).append(pid)
    queue = list(found)
    while queue:
        parent = queue.pop()
        for child in children.get(parent, []):
            if child not in found:
                found[child] = found[parent]
                queue.append(child)
    return found
