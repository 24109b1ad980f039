"""What daemon and keeper say to each other, and how they find each other.

JSON lines over a Unix socket (Windows: a named pipe). The daemon asks with `{"op", "seq", …}` and is answered with
`{"seq", "ok", …}`; the keeper tells news as `{"event", …}`. The first message is `hello`. A keeper serves one daemon
at a time. This module is all of the keeper that the daemon imports.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERSION = 2
MARK = "CONTROL_CENTER_TREE"  # in every member's environment; its value is the tree's id
MAX_LINE = 4 * 1024 * 1024
LIFETIMES = ("session", "adopt", "persistent")

Message = dict[str, Any]

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class ProtocolError(ValueError):
    """A message that this version does not take; the text says which part and why."""


@dataclass(frozen=True)
class LogRules:
    """Where the output goes: the live file, the exact size cap of a segment in bytes, how many sealed ones stay and for
    how many seconds, and whether these are compressed."""

    path: str
    max_size: int = 10_000_000
    keep: int = 5
    max_age: float | None = None
    compress: bool = False


@dataclass(frozen=True)
class Limits:
    """What a tree may use: bytes of memory, percent of one processor, number of processes; how it stands among others
    (`idle low normal high`), and the processors that it may run on (none given: all)."""

    memory: int | None = None
    cpu: float | None = None
    processes: int | None = None
    priority: str | None = None
    affinity: tuple[int, ...] = ()

    @classmethod
    def from_wire(cls, value: Message | None) -> Limits | None:
        return None if value is None else cls(**{**value, "affinity": tuple(value.get("affinity", ()))})


@dataclass(frozen=True)
class LaunchSpec:
    """One process tree to hold. `env` is the whole environment; `grace` is how long it may take to end when the keeper
    itself must end it (seconds); `console` matters on Windows only: `own` lets the tool be reached by Ctrl+C. `input`
    is what it reads from its standard input: it may hold secrets, so it is neither kept nor shown."""

    id: str
    owner: tuple[str, str]  # kind and id, e.g. ("service", "comfyui")
    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    log: LogRules
    limits: Limits | None = None
    lifetime: str = "adopt"
    grace: float = 10.0
    signal: str = "SIGTERM"
    console: str = "shared"
    io: str = "file"
    isolation: str = "none"
    label: dict[str, str] = field(default_factory=dict)  # the daemon's own notes, given back unread
    input: str | None = field(default=None, repr=False)

    @classmethod
    def from_wire(cls, value: Message) -> LaunchSpec:
        try:
            known = dict(value)
            spec = cls(
                **{
                    **known,
                    "owner": (str(known["owner"][0]), str(known["owner"][1])),
                    "argv": tuple(str(part) for part in known["argv"]),
                    "log": LogRules(**known["log"]),
                    "limits": Limits.from_wire(known.get("limits")),
                }
            )
        except (TypeError, KeyError, IndexError) as error:
            raise ProtocolError(f"launch: {error}") from error
        spec._check()
        return spec

    def _check(self) -> None:
        if not self.id or not self.argv:
            raise ProtocolError("launch: id and argv must not be empty")
        for name, value, built in (
            ("lifetime", self.lifetime, LIFETIMES),
            ("io", self.io, ("file",)),
            ("isolation", self.isolation, ("none",)),
            ("console", self.console, ("shared", "own")),
        ):
            if value not in built:
                raise ProtocolError(
                    f"launch: {name} {value!r} is not built in this version (there is: {', '.join(built)})"
                )

    def to_wire(self) -> Message:
        """Shares its parts with the specification."""
        return {**vars(self), "log": vars(self.log), "limits": None if self.limits is None else vars(self.limits)}


@dataclass(frozen=True)
class Identity:
    """Pid, start time and boot together name a process; a pid alone never does.

    `start` is what the OS counts starts in (Linux: clock ticks since boot); it is compared, never computed with.
    """

    pid: int
    start: str
    boot: str


def encode(message: Message) -> bytes:
    return _ENCODER.encode(message).encode("utf-8", "surrogatepass") + b"\n"


def decode(line: bytes) -> Message:
    try:
        message = json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise ProtocolError(f"not a JSON line: {error}") from error
    if not isinstance(message, dict):
        raise ProtocolError("not a JSON object")
    return message


def folder_hash(data_dir: Path) -> str:
    """Stands for the data folder where its path would be too long."""
    return hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]


def address_for(data_dir: Path) -> str:
    """Where a keeper of this data folder listens: socket paths are limited to about 100 bytes, hence the hash."""
    name = folder_hash(data_dir)
    if sys.platform != "win32":
        return str(_runtime_dir() / f"control-center-{name}.sock")
    return rf"\\.\pipe\control-center-{name}"


if sys.platform != "win32":

    def _runtime_dir() -> Path:
        given = os.environ.get("XDG_RUNTIME_DIR", "")
        if given and len(given) < 60 and os.access(given, os.W_OK):
            return Path(given)
        own = Path("/tmp") / f"control-center-{os.getuid()}"  # noqa: S108  # owner and mode are checked
        own.mkdir(mode=0o700, exist_ok=True)
        found = own.lstat()
        if found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise PermissionError(f"{own} must belong to you alone (mode 0700); remove it and start again")
        return own


class Held(Exception):
    """The claim is another process's. `words` is what that process wrote of itself."""

    def __init__(self, path: Path, words: Message) -> None:
        super().__init__(f"{path} is held by process {words.get('pid', 'unknown')}")
        self.words = words


class Claim:
    """A lock file whose text can be read while it is held, and which the OS releases when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._fd)
        except OSError as error:
            os.close(self._fd)
            raise Held(path, read_claim(path)) from error

    def write(self, words: Message) -> None:
        data = encode(words)
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.write(self._fd, data)
        os.ftruncate(self._fd, len(data))

    def release(self) -> None:
        with suppress(OSError):
            os.ftruncate(self._fd, 0)
        os.close(self._fd)


def read_claim(path: Path) -> Message:
    """What the present or last holder wrote; empty when nothing readable is there."""
    try:
        return decode(path.read_bytes())
    except (OSError, ProtocolError):
        return {}


def _lock(fd: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(fd, 1 << 30, os.SEEK_SET)  # far behind the text: a locked byte cannot be read by others
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
