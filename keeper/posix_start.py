"""Starts the root of a tree: in a session of its own, with nothing of the keeper but the pipe for its output."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from typing import Protocol

from keeper.given import open_input
from keeper.protocol import MARK, LaunchSpec

RESTORED = frozenset({signal.SIGPIPE, signal.SIGXFSZ})  # Python ignores them; what is started does not
_STREAMS = (1, 2)


class Starter(Protocol):
    def start(self, spec: LaunchSpec, output: int) -> int:
        """The pid of the program, whose output goes to that descriptor; to be waited for by the caller. OSError or
        ValueError says why it cannot be started."""

    def close(self) -> None: ...


class BySpawn:
    """On Linux, where the system's own spawn starts sessions: half of the processor time that `Popen` takes. All that
    the keeper opens is closed on exec, so nothing needs to be closed one by one."""

    def __init__(self) -> None:
        self._nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._home = os.open(".", os.O_RDONLY | os.O_CLOEXEC)

    def start(self, spec: LaunchSpec, output: int) -> int:
        """The keeper itself goes to the program's folder meanwhile: whatever else it does is by absolute paths."""
        if spec.input is None:
            return self._there(spec, self._nothing, output)
        with open_input(spec.input) as given:
            return self._there(spec, given.fileno(), output)

    def _there(self, spec: LaunchSpec, given: int, output: int) -> int:
        os.chdir(spec.cwd)
        try:
            return self._first(spec, given, output)
        finally:
            os.fchdir(self._home)

    def _first(self, spec: LaunchSpec, given: int, output: int) -> int:
        refused: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        for program in _programs(spec):
            try:
                return self._spawn(program, spec, given, output)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except PermissionError as error:
                refused = error  # another folder may have one that may be run
        raise refused

    def _spawn(self, program: str, spec: LaunchSpec, given: int, output: int) -> int:
        streams = [(os.POSIX_SPAWN_DUP2, output, number) for number in _STREAMS]
        return os.posix_spawn(
            program,
            spec.argv,
            environment_of(spec),
            file_actions=[(os.POSIX_SPAWN_DUP2, given, 0), *streams],
            setsid=True,
            setsigdef=RESTORED,
        )

    def close(self) -> None:
        os.close(self._nothing)
        os.close(self._home)


def environment_of(spec: LaunchSpec) -> dict[str, str]:
    return {**spec.env, MARK: spec.id}


def _programs(spec: LaunchSpec) -> Iterator[str]:
    """The files that may be meant, as they lie on the program's own PATH."""
    name = spec.argv[0]
    if os.path.dirname(name):
        yield name
        return
    for folder in spec.env.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.access(path, os.F_OK):  # far less than a spawn that fails
            yield path
