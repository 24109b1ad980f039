"""A keeper in a process of its own, spoken to line by line over its socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from backend.config import ROOT
from backend.services.processes.keeper_start import keeper_flags
from keeper.protocol import VERSION, LaunchSpec, LogRules, address_for, decode, encode, folder_hash
from tests.fakes.daemon import wait_for


class Refused(Exception):
    """The keeper answered `ok: false`."""


class Conversation:
    """One connection. News that come between are kept in `news`."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(15)
        try:
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rwb")
        self.news: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}

    def say(self, **message: Any) -> dict[str, Any]:
        self._lines.write(encode(message))
        self._lines.flush()
        return self.next()

    def next(self) -> dict[str, Any]:
        return decode(self._lines.readline() or b"{}")

    def hello(self) -> dict[str, Any]:
        return self.say(op="hello", version=VERSION, pid=os.getpid())

    def ask(self, op: str, **members: Any) -> Any:
        answer = self.say(op=op, seq=1, **members)
        while "event" in answer:
            self.news.append(answer)
            answer = self.next()
        if not answer["ok"]:
            raise Refused(answer["code"], answer["error"])
        return answer["result"]

    def told(self, event: str, tree: str) -> dict[str, Any]:
        """The next news of this kind about this tree."""
        while True:
            for message in self.news:
                if message["event"] == event and (message.get("id") == tree or tree in message.get("ends", {})):
                    self.news.remove(message)
                    return message
            self.news.append(self.next())

    def close(self) -> None:
        with self._socket, suppress(OSError):  # where the keeper has gone with what was said unread
            self._lines.close()


class Keeper:
    """`other_unix` runs it as on systems that offer less than Linux does."""

    def __init__(self, folder: Path, *, other_unix: bool = False) -> None:
        self.folder = folder
        self.prefix = folder_hash(folder) + "."
        script = ROOT / "tests" / "fakes" / "other_unix.py" if other_unix else ROOT / "keeper"
        command = [sys.executable, *keeper_flags(), str(script), str(folder)]
        self.process = subprocess.Popen(command, start_new_session=True)
        self.address = address_for(folder)
        wait_for(self._answers)
        self._conversations: list[Conversation] = []

    def _answers(self) -> bool:
        try:
            conversation = Conversation(self.address)
        except OSError:
            return False
        with closing(conversation):
            return bool(conversation.say(op="ping")["pid"] == self.process.pid)

    def talk(self) -> Conversation:
        conversation = Conversation(self.address)
        self._conversations.append(conversation)
        return conversation

    def spec(self, name: str, *argv: str, max_size: int = 10_000_000, keep: int = 5, **more: Any) -> dict[str, Any]:
        return LaunchSpec(
            id=self.prefix + name,
            owner=("service", name),
            argv=argv,
            cwd=more.pop("cwd", str(self.folder)),
            env={"PATH": os.environ["PATH"], **more.pop("env", {})},
            log=LogRules(str(self.folder / f"{name}.log"), max_size, keep),
            **more,
        ).to_wire()

    def close(self) -> None:
        for conversation in self._conversations:
            conversation.close()
        if self.process.poll() is None:
            try:
                with closing(Conversation(self.address)) as ender:
                    ender.say(op="finish")
                self.process.wait(10)
            except (OSError, subprocess.TimeoutExpired):
                self.process.kill()
        self.process.wait()
