"""The keeper as a `Runtime`: finds or starts it, keeps the connection, and tells what it says."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from backend.core.errors import CenterError, Conflict
from backend.core.tasks import Later, Tasks
from backend.services.processes.connection import Connection, Refused, away, open_streams
from backend.services.processes.growth import Growth
from backend.services.processes.keeper_start import start_keeper
from backend.services.processes.runtime import (
    Exit,
    Identity,
    KeeperAway,
    KeeperBack,
    KeeperLost,
    KeeperRefused,
    LaunchFailed,
    LaunchSpec,
    Listener,
    LogNews,
    News,
    Tree,
    TreeEnded,
    TreeExited,
)
from keeper.protocol import Message, folder_hash, read_claim

log = logging.getLogger(__name__)

START_LIMIT = 15.0  # seconds that a new keeper may take until it answers


class KeeperTaken(Conflict):
    code, title = "keeper_taken", "Another daemon already uses this data folder"


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


class KeeperClient:
    def __init__(self, data_dir: Path, tasks: Tasks, started: subprocess.Popen[bytes] | None = None) -> None:
        self._data_dir = data_dir
        self._tasks = tasks
        self._connection: Connection | None = None
        self._listeners: list[Listener] = []
        self._untold: list[News] = []  # what came before anybody listened
        self._welcome: Message = {}
        self._process = started
        self._logs: dict[str, str] = {}  # tree → path of its log
        self._leaving = False
        self.growth = Growth(self._follow)
        self.tree_prefix = folder_hash(data_dir) + "."

    @property
    def pid(self) -> int | None:
        return self._welcome.get("pid")

    def capabilities(self) -> Mapping[str, Any]:
        return dict(self._welcome.get("capabilities", {}))

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)
        untold, self._untold = self._untold, []
        for news in untold:
            listener(news)

    async def connect(self) -> KeeperBack:
        """Finds this folder's keeper or starts one; what it holds. Raises `KeeperTaken` and `KeeperAway`."""
        connection = await self._reach()
        trees = tuple(Tree.from_wire(tree) for tree in self._welcome["trees"])
        self._logs = {tree.id: tree.log_path for tree in trees}
        self._tasks.spawn(self._serve(connection), name="keeper connection")
        ended: dict[int, str] = {}
        if self._welcome.get("survivors"):
            ended = {int(pid): tree for pid, tree in (await connection.ask("sweep")).items()}
        self._connection = connection
        for tree in trees:
            if not tree.ended and self.growth.watched(tree.log_path):
                self._follow(tree.log_path, True)
        return KeeperBack(self._welcome["pid"], trees, self._welcome["fresh"], ended)

    async def _reach(self) -> Connection:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_LIMIT
        while loop.time() < deadline:
            connection = await self._call()
            if connection is not None and await self._welcomed(connection):
                return connection
            if self._leaving:
                break
            if connection is None and (self._process is None or self._process.poll() is not None):
                log.info("starting a keeper")
                self._process = start_keeper(self._data_dir)
            await asyncio.sleep(0.01)
        raise KeeperAway("The keeper could not be started; keeper.log and keeper.boot.log in the data folder say why.")

    async def _call(self) -> Connection | None:
        """None where nobody answers at the keeper's address."""
        address = read_claim(self._data_dir / "keeper.lock").get("address")
        if not address:
            return None
        try:
            return Connection(*await open_streams(address))
        except (OSError, TimeoutError):
            return None

    async def _welcomed(self, connection: Connection) -> bool:
        try:
            self._welcome = await connection.greet()
            return True
        except Refused as refused:
            await connection.close()
            await self._deal_with_refusal(refused.words)
        except (OSError, ValueError):
            await connection.close()
        return False

    async def _deal_with_refusal(self, words: Message) -> None:
        if words.get("refused") == "taken":
            # Of a daemon that was killed a moment ago the keeper has yet to hear that it is gone.
            if await asyncio.to_thread(_lives, words["pid"]):
                raise KeeperTaken(f"The keeper of this data folder serves the daemon with pid {words['pid']}.")
        elif words.get("refused") == "version":
            log.warning("the keeper (pid %s) is of another version and is told to finish", words.get("pid"))
            old = await self._call()
            try:
                if old is not None:
                    await old.say({"op": "finish"})
                    await old.close()
            except (OSError, ValueError):
                pass  # it has gone by itself
            await asyncio.sleep(0.1)

    async def _serve(self, connection: Connection) -> None:
        await connection.listen(self._on_event)
        await connection.close()
        if self._leaving or self._connection is not connection:  # in the latter case whoever connects hears of it
            return
        self._connection = None
        if self._process is not None:
            self._process.poll()
        self._tell(KeeperLost(self._welcome.get("pid")))
        self._tasks.spawn(self._reconnect(), name="keeper reconnection")

    async def _reconnect(self) -> None:
        pause = 0.05
        while not self._leaving:
            try:
                self._tell(await self.connect())
                return
            except CenterError as error:
                log.error("no keeper: %s", error.detail)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    # What the keeper tells

    def _on_event(self, message: Message) -> None:
        match message["event"]:
            case "exited":
                outcome = Exit.from_wire(message)
                assert outcome is not None
                self._tell(TreeExited(message["id"], outcome))
            case "ended":
                self._tell(TreeEnded(message["id"], Exit.from_wire(message["exit"]), message["log_end"]))
            case "log":
                kind, owner = message["owner"]
                self._tell(LogNews((kind, owner), message["what"], message["details"]))
            case "grew":
                for tree in message["ends"]:
                    if tree in self._logs:
                        self.growth.tell(self._logs[tree])

    def _tell(self, news: News) -> None:
        if not self._listeners:
            self._untold.append(news)
        for listener in self._listeners:
            listener(news)

    # What is asked of it

    def _ask(self, op: str, **members: Any) -> asyncio.Future[Any]:
        """Sent at once; whatever is wrong is told by the future."""
        return away() if self._connection is None else self._connection.ask(op, **members)

    def launch(self, spec: LaunchSpec) -> Awaitable[Tree]:
        answer = self._ask("launch", spec=spec.to_wire())
        return Later(lambda: self._held(spec, answer))

    async def identify(self, pid: int) -> Identity | None:
        start = await self._ask("identify", pid=pid)
        return None if start is None else Identity(pid, start, self._welcome["boot"])

    async def adopt(self, spec: LaunchSpec, identity: Identity, started_at: datetime) -> Tree:
        known = {"pid": identity.pid, "start": identity.start, "started_at": started_at.timestamp()}
        return await self._held(spec, self._ask("adopt", spec=spec.to_wire(), **known))

    async def _held(self, spec: LaunchSpec, answer: Awaitable[Message]) -> Tree:
        self._logs[spec.id] = spec.log.path
        try:
            tree = Tree.from_wire(await answer)
        except KeeperRefused as refusal:
            self._logs.pop(spec.id, None)
            raise LaunchFailed(refusal.detail) from refusal
        if self.growth.watched(tree.log_path):
            self._follow(tree.log_path, True)
            self.growth.tell(tree.log_path)
        return tree

    def ask_to_stop(self, tree: str, signal_name: str) -> Awaitable[None]:
        return self._ask("stop", id=tree, signal=signal_name)

    def kill(self, tree: str) -> Awaitable[None]:
        return self._ask("kill", id=tree)

    async def trees(self) -> tuple[Tree, ...]:
        return tuple(Tree.from_wire(tree) for tree in await self._ask("trees"))

    async def members(self) -> Mapping[str, list[tuple[int, str]]]:
        found = await self._ask("members")
        return {tree: [(pid, start) for pid, start in ones] for tree, ones in found.items()}

    async def forget(self, tree: str) -> None:
        self._logs.pop(tree, None)
        await self._ask("forget", id=tree)

    def _follow(self, path: str, on: bool) -> None:
        """Asks to be told, or no more, when the log at this path grows; a tree that has ended grows no more."""
        for tree, log_path in self._logs.items():
            if log_path == path and self._connection is not None:
                asked = self._connection.ask("follow", id=tree, on=on)
                asked.add_done_callback(lambda future: future.cancelled() or future.exception())

    async def leave(self) -> None:
        self._leaving = True
        if self._connection is not None:
            try:
                await self._ask("leave")
            except (KeeperAway, KeeperRefused):
                pass
            await self._connection.close()
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0  # it may outlive us by design; Popen need not mind


@asynccontextmanager
async def open_keeper(
    data_dir: Path, tasks: Tasks, started: subprocess.Popen[bytes] | None = None
) -> AsyncIterator[KeeperClient]:
    """A client that is not connected yet; leaves in good order at the end. `started` is a keeper on its way up."""
    client = KeeperClient(data_dir, tasks, started)
    try:
        yield client
    finally:
        await client.leave()
