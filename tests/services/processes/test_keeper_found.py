"""Which keeper a daemon gets: an old one finishes, one that serves another daemon is left, a lost one is followed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

if sys.platform == "win32":
    pytest.skip("speaks over a Unix socket; tests/windows has its like", allow_module_level=True)

from backend.config import ROOT
from backend.core.tasks import open_tasks
from backend.services.processes.keeper_client import KeeperTaken, open_keeper
from backend.services.processes.runtime import KeeperAway, KeeperBack, KeeperLost, News
from keeper.protocol import LaunchSpec, LogRules, address_for, decode, encode, folder_hash
from tests.fakes.daemon import alive, wait_for
from tests.fakes.keeper import Conversation, Keeper
from tests.fakes.refusals import count_refusals

OLD_VERSION = 99
OLD = f"""
import sys
sys.path.insert(0, sys.argv[1])
from keeper import protocol
protocol.VERSION = {OLD_VERSION}
from keeper.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


def talk(folder: Path) -> Conversation | None:
    try:
        return Conversation(address_for(folder))
    except OSError:
        return None


async def test_a_keeper_of_another_version_ends_its_trees_and_makes_way(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", OLD, str(ROOT), str(tmp_path)]
    with subprocess.Popen(command, start_new_session=True) as old:
        earlier: Conversation = wait_for(lambda: talk(tmp_path))
        earlier.say(op="hello", version=OLD_VERSION, pid=1)
        rules = LogRules(str(tmp_path / "tool.log"))
        spec = LaunchSpec(f"{folder_hash(tmp_path)}.tool", ("service", "tool"), ("sleep", "300"), "/", {}, rules)
        tool = earlier.ask("launch", spec=spec.to_wire())["pid"]
        earlier.close()
        async with open_tasks() as tasks, open_keeper(tmp_path, tasks) as client:
            found = await client.connect()
            assert found.pid != old.pid
            assert (found.fresh, found.trees) == (True, ())
        assert old.wait(10) == 0
    assert not alive(tool)


async def test_a_keeper_serves_one_daemon(tmp_path: Path) -> None:
    async with open_tasks() as tasks, open_keeper(tmp_path, tasks) as first, open_keeper(tmp_path, tasks) as second:
        await first.connect()
        with pytest.raises(KeeperTaken):
            await second.connect()
        assert await first.members() == {}


HANDS_ON = """
import os, subprocess, sys
from tests.fakes.keeper import Conversation
conversation = Conversation(sys.argv[1])
assert conversation.hello()["ok"]
line = conversation._socket.fileno()
heir = subprocess.Popen(["sleep", "300"], pass_fds=[line], stdout=subprocess.DEVNULL)
print(heir.pid, flush=True)
os._exit(1)
"""


async def test_a_daemon_that_follows_a_killed_one_waits_until_the_keeper_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon has ended; what it had opened stays open for a while, so that the keeper takes it for alive."""
    refusals = count_refusals(monkeypatch)
    keeper = Keeper(tmp_path)
    try:
        command = [sys.executable, "-c", HANDS_ON, keeper.address]
        ended = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
        heir = psutil.Process(int(ended.stdout))
        async with open_tasks() as tasks, open_keeper(tmp_path, tasks) as client:
            connecting = asyncio.create_task(client.connect())
            async with asyncio.timeout(30):
                while len(refusals) < 3 and not connecting.done():
                    await asyncio.sleep(0.01)
                heir.kill()
                await connecting
            assert refusals[:3] == ["taken"] * 3
            assert client.pid == keeper.process.pid
            assert not (tmp_path / "keeper.boot.log").exists()  # nor was a second one tried
    finally:
        keeper.close()


async def test_a_keeper_that_is_killed_is_followed_by_another(tmp_path: Path) -> None:
    heard: asyncio.Queue[News] = asyncio.Queue()
    async with open_tasks() as tasks, open_keeper(tmp_path, tasks) as client:
        with pytest.raises(KeeperAway):
            await client.members()  # not yet
        pid = (await client.connect()).pid
        client.listen(heard.put_nowait)
        psutil.Process(pid).kill()
        async with asyncio.timeout(30):
            lost, back = await heard.get(), await heard.get()
        assert lost == KeeperLost(pid)
        assert isinstance(back, KeeperBack)
        assert back.pid != pid
        assert client.pid == back.pid


async def test_a_keeper_that_goes_while_it_sweeps_is_followed_once(tmp_path: Path) -> None:
    """A keeper that greets three times: it goes at once, then in the middle of the sweep, then it stays."""
    greeted = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal greeted
        greeted += 1
        await reader.readline()
        survivors = {"1": "tool"} if greeted == 2 else {}
        words = {"ok": True, "pid": greeted, "boot": "", "fresh": True, "trees": [], "survivors": survivors}
        writer.write(encode(words))
        if greeted == 2:
            assert decode(await reader.readline())["op"] == "sweep"
        elif greeted == 3:
            while line := await reader.readline():
                writer.write(encode({"seq": decode(line)["seq"], "ok": True, "result": {}}))
        writer.close()

    heard: asyncio.Queue[News] = asyncio.Queue()
    address = str(tmp_path / "keeper.sock")
    (tmp_path / "keeper.lock").write_bytes(encode({"address": address}))
    async with await asyncio.start_unix_server(serve, address) as server:
        async with open_tasks() as tasks, open_keeper(tmp_path, tasks) as client:
            client.listen(heard.put_nowait)
            await client.connect()
            async with asyncio.timeout(30):
                assert await heard.get() == KeeperLost(1)
                assert await heard.get() == KeeperBack(3, (), True, {})
            assert await client.members() == {}
        server.close()
    assert heard.empty()
