"""Who holds a service's port, whether that is the same tool, and how to be rid of it.

Taken for the same tool is only what was started as this user, with the same program, arguments and folder as the
definition says; anything weaker would have the supervisor end strangers' processes later on.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import psutil

from backend.core.errors import Conflict, NotFound
from backend.services.definitions.model import ServiceSpec

T = TypeVar("T")

PARENTS_LOOKED_AT = 6
SAME_START = 0.5  # seconds by which two tellings of one start may differ
LOOK = 0.05  # seconds
GRACE = 5.0  # seconds between the wish to end and the end by force


class OwnerGone(NotFound):
    code, title = "owner_gone", "The process is not there any more"


class NotTheSameTool(Conflict):
    code, title = "not_the_same_tool", "The process is not this service"


class MayNotStop(Conflict):
    code, title = "may_not_stop", "The process cannot be stopped from here"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`theirs` is None where this user may not know."""

    what: Literal["program", "arguments", "folder", "user"]
    same: bool
    theirs: str | None
    ours: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A process that holds the port, or the one that started it, with what speaks for it being the service."""

    pid: int
    name: str
    command: str | None
    cwd: str | None
    started_at: float  # epoch seconds
    evidence: tuple[Evidence, ...]

    @property
    def same(self) -> bool:
        return all(one.same for one in self.evidence)


def suspect(pid: int, spec: ServiceSpec, environment: Mapping[str, str]) -> Suspect | None:
    """The process itself, or, where one of those that started it is the service, that one. None when it has gone.
    `spec` has its port filled in. Blocks for some milliseconds."""
    try:
        process = psutil.Process(pid)
        line = [process, *process.parents()[:PARENTS_LOOKED_AT]]
    except psutil.Error:
        return None
    looked = [found for one in line if (found := _look(one, spec, environment)) is not None]
    return next((found for found in looked if found.same), looked[0] if looked else None)


def _look(process: psutil.Process, spec: ServiceSpec, environment: Mapping[str, str]) -> Suspect | None:
    try:
        with process.oneshot():
            argv = _ask(process.cmdline)
            cwd = _ask(process.cwd)
            return Suspect(
                pid=process.pid,
                name=process.name(),
                command=None if argv is None else " ".join(argv),
                cwd=cwd,
                started_at=process.create_time(),
                evidence=_evidence(process, argv, cwd, spec, environment),
            )
    except psutil.Error:
        return None


def _evidence(
    process: psutil.Process, argv: list[str] | None, cwd: str | None, spec: ServiceSpec, environment: Mapping[str, str]
) -> tuple[Evidence, ...]:
    program = shutil.which(spec.command[0], path=environment.get("PATH")) or spec.command[0]
    program = str(spec.cwd / program)
    ours, theirs = list(spec.command), argv or []
    exe = _ask(process.exe)
    me, user = psutil.Process().username(), _ask(process.username)
    tail = theirs[-len(ours) :]
    # The program of a script is its interpreter, which comes before the script in what the system tells.
    scripted = len(theirs) > len(ours) and tail[1:] == ours[1:] and _same_file(tail[0], program)
    arguments = None if argv is None else " ".join(theirs[1:])
    return (
        Evidence("program", scripted or _same_file(exe, program) or _same_name(theirs, ours), exe, program),
        Evidence("arguments", scripted or theirs[1:] == ours[1:], arguments, " ".join(ours[1:])),
        Evidence("folder", _same_file(cwd, str(spec.cwd)), cwd, str(spec.cwd)),
        Evidence("user", user == me, user, me),
    )


def _same_name(theirs: list[str], ours: list[str]) -> bool:
    """Version managers put a script of that name before the program itself."""
    return bool(theirs) and Path(theirs[0]).name == Path(ours[0]).name


def _same_file(one: str | None, other: str) -> bool:
    if not one:
        return False
    try:
        return Path(one).samefile(other)
    except OSError:
        return os.path.normcase(one) == os.path.normcase(other)


def _ask(question: Callable[[], T]) -> T | None:
    """None where this user may not know, or nobody does."""
    try:
        return question()
    except (psutil.AccessDenied, NotImplementedError):
        return None


async def end(pid: int, started_at: float) -> str:
    """Ends a program that is none of ours, asking first; its name. Raises `OwnerGone` and `MayNotStop`."""
    return await asyncio.to_thread(_end, pid, started_at)


def _end(pid: int, started_at: float) -> str:
    process = exactly(pid, started_at)
    name = f"process {pid}"
    try:
        name = process.name()
        process.terminate()
        if not _has_ended(process):
            process.kill()
            if not _has_ended(process):
                raise MayNotStop(f"{name} (pid {pid}) does not end, not even by force.")
    except psutil.NoSuchProcess:
        pass
    except psutil.AccessDenied as error:
        raise MayNotStop(f"Process {pid} belongs to another user: stop it as that user.") from error
    return name


def _has_ended(process: psutil.Process) -> bool:
    """Within the grace. One that only waits for its parent to take notice has ended; raises `psutil.NoSuchProcess`."""
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(LOOK)
    return False


def exactly(pid: int, started_at: float) -> psutil.Process:
    """That very process. Raises `OwnerGone` when it has ended, or its pid is another's by now."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started_at) < SAME_START:
            return process
    except psutil.Error:
        pass
    raise OwnerGone(f"Process {pid} is not there any more. Look again at who has the port.")
