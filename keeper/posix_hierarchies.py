"""Where control groups can be made here: version 2 where a part of it is ours to divide, else version 1.

A group of version 2 that holds processes can give no controller to the groups below it. So the keeper asks systemd for
a scope of its own and sits in a leaf of it; where the group is ours alone anyway (a delegated unit, a container), it
does without. What is of others stays as it is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace

LIMITING = ("memory", "cpu", "pids")
LEAF = "control-center"  # where we sit, so that the group above may hold groups
HARMLESS = ("pids", "freezer", "cpuacct")  # of version 1: those that limit nothing by being there


@dataclass(frozen=True)
class Hierarchy:
    """`base` is a group of our own, below which each tree that needs it has one; `controllers` are those of `LIMITING`
    that work there."""

    version: int
    base: str
    controllers: frozenset[str]

    @property
    def words(self) -> str:
        return f"control group version {self.version}"


@dataclass(frozen=True)
class Place:
    """A group that we are in. `controllers` are those that it offers."""

    version: int
    folder: str
    controllers: frozenset[str] = frozenset()


def open_hierarchies(name: str) -> list[Hierarchy]:
    """The first is the one that says who belongs to a tree; empty where no group can be made."""
    places = _places()
    second = next((place for place in places if place.version == 2), None)
    if second is not None and second.controllers.intersection(LIMITING):
        second = _divisible(second, name)
    found = [one] if second is not None and (one := _open(second, name)) is not None else []
    for place in sorted((one for one in places if one.version == 1), key=_harm):
        if not found:
            if not place.controllers.intersection(HARMLESS):
                break  # being in any of the others changes how a tree runs, so a tree needs a limit to be there
            opened = _open(place, name)
            found.extend([opened] if opened is not None else [])
        elif place.controllers.intersection(LIMITING) and os.access(place.folder, os.W_OK):
            found.append(Hierarchy(1, _base(place, name), place.controllers.intersection(LIMITING)))
    return found


def _harm(place: Place) -> int:
    return min((HARMLESS.index(one) for one in place.controllers if one in HARMLESS), default=len(HARMLESS))


def _base(place: Place, name: str) -> str:
    return os.path.join(place.folder, f"control-center-{name}")


def _open(place: Place, name: str) -> Hierarchy | None:
    base = _base(place, name)
    probe = os.path.join(base, "probe")
    try:
        os.makedirs(base, exist_ok=True)
        given = _give_down(place.folder, base) if place.version == 2 else place.controllers
        os.makedirs(probe, exist_ok=True)
        os.rmdir(probe)
    except OSError:
        return None
    if not os.access(os.path.join(place.folder if place.version == 2 else base, "cgroup.procs"), os.W_OK):
        return None
    return Hierarchy(place.version, base, given.intersection(LIMITING))


def _divisible(place: Place, name: str) -> Place:
    """The group below which controllers work: ours, if it gives them down, else that of a scope that we move to."""
    if _gives(place.folder) or _make_way(place.folder):
        return place
    from keeper.posix_scope import enter_scope  # asks by `subprocess`, which nothing else here does

    entered = enter_scope(name)
    moved = next((one for one in _places() if one.version == 2), None) if entered else None
    if moved is None or moved.folder == place.folder:
        return place
    _make_way(moved.folder)
    return moved


def _gives(folder: str) -> bool:
    """Whether all of its controllers that limit anything can be given down, as from a group that holds no process."""
    offered = set(_words(folder, "cgroup.controllers")).intersection(LIMITING)
    for controller in offered:
        with suppress(OSError):
            write(folder, "cgroup.subtree_control", f"+{controller}")
    return bool(offered) and offered <= set(_words(folder, "cgroup.subtree_control"))


def _make_way(folder: str) -> bool:
    """Moves the keeper, and the daemon that started it, into a leaf, if the group holds nobody else."""
    ours = {os.getpid(), os.getppid()}
    if not {int(pid) for pid in _words(folder, "cgroup.procs")} <= ours:
        return False
    leaf = os.path.join(folder, LEAF)
    try:
        os.makedirs(leaf, exist_ok=True)
        for pid in _words(folder, "cgroup.procs"):
            write(leaf, "cgroup.procs", pid)
    except OSError:
        return False
    return _gives(folder)


def _give_down(folder: str, base: str) -> frozenset[str]:
    """What works in the groups of trees: given by the folder to our base, and by that to them."""
    for controller in set(_words(folder, "cgroup.subtree_control")).intersection(LIMITING):
        with suppress(OSError):
            write(base, "cgroup.subtree_control", f"+{controller}")
    return frozenset(_words(base, "cgroup.subtree_control"))


def write(folder: str, file: str, value: str) -> None:
    with open(os.path.join(folder, file), "w", encoding="ascii") as opened:
        opened.write(value)


def _words(folder: str, file: str) -> list[str]:
    try:
        with open(os.path.join(folder, file), encoding="ascii") as opened:
            return opened.read().split()
    except OSError:
        return []


def _places() -> list[Place]:
    try:
        with (
            open("/proc/self/cgroup", encoding="utf-8") as groups,
            open("/proc/self/mountinfo", encoding="utf-8") as mounts,
        ):
            return [replace(one, controllers=_offered(one)) for one in places_of(groups.read(), mounts.read())]
    except OSError:
        return []


def _offered(place: Place) -> frozenset[str]:
    return frozenset(_words(place.folder, "cgroup.controllers")) if place.version == 2 else place.controllers


def places_of(groups: str, mounts: str) -> list[Place]:
    """From `/proc/self/cgroup` and `/proc/self/mountinfo`; what a group of version 2 offers, it says itself."""
    found = []
    mounted = [line.split() for line in mounts.splitlines()]
    for _, controllers, path in (line.split(":", 2) for line in groups.splitlines()):
        for mount in mounted:
            dash = mount.index("-")
            kind, root, point, options = mount[dash + 1], mount[3], mount[4], mount[-1].split(",")
            folder = _below(point, root, path)
            if controllers == "" and kind == "cgroup2":
                folder = folder.removesuffix(f"/{LEAF}")  # an earlier keeper moved the daemon there
                found.append(Place(2, folder))
            elif controllers and kind == "cgroup" and set(controllers.split(",")) <= set(options):
                found.append(Place(1, folder, frozenset(controllers.split(","))))
    return found


def _below(point: str, root: str, path: str) -> str:
    """Where a group is seen: a container mounts only the part of the hierarchy that begins at its `root`."""
    if root != "/" and (path == root or path.startswith(root + "/")):
        path = path[len(root) :]
    return (point + path).rstrip("/")
