"""Cards of crashes: a real daemon, real ends."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.fakes.daemon import Daemon, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends by signals")

KEY = "value-of-a-variable-91bc"
RAISES = """
import os, sys
print("begun at", os.getpid())
for number in range(300):
    print("line", number, "with", os.environ["KEY"], "and sk-abcdefghijklmnopqrstuvwxyz012345")
sys.stdout.flush()
def load(): raise ValueError(f"no model {os.getpid()} at 0x7f{os.getpid():x}")
load()
"""
KILLED = "import os, signal; print('x', flush=True); os.kill(os.getpid(), signal.SIGSEGV)"


def definitions(**services: Any) -> str:
    return json.dumps({"services": services})


def python(source: str, **more: Any) -> dict[str, Any]:
    return {"command": [sys.executable, "-c", source], "restart": "never", "env": {"KEY": "${env:KEY}"}, **more}


def crashes(daemon: Daemon, service: str, count: int = 1) -> list[dict[str, Any]]:
    """The newest first, once there are so many."""

    def enough() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = daemon.http.get(f"/api/services/{service}/crashes").json()["crashes"]
        return found if len(found) >= count else None

    found: list[dict[str, Any]] = wait_for(enough, what=f"{count} crashes of {service}")
    return found


def test_a_card_has_the_last_lines_and_what_was_then_and_no_secret(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(definitions(raises=python(RAISES), other=python("import time; time.sleep(600)")), KEY=KEY)
    daemon.post("other", "start", wait="running")
    wait_for(lambda: daemon.http.get("/api/system/history", params={"metric": "cpu"}).json()["points"], what="figures")
    daemon.post("raises", "start")
    [card] = crashes(daemon, "raises")
    assert card["exit"] | {"hint": ""} == {
        **{"code": 1, "signal": None, "limit": None, "name": "1", "hint": ""},
        "meaning": "it ended by itself and reported an error",
    }
    lines = [line["message"] for line in card["tail"]]
    assert len(lines) == 200
    assert "ValueError: no model" in lines[-1]
    assert card["tail"][-1]["level"] == "ERROR"
    assert card["tail"][-1]["timestamp"] is not None
    assert {"cpu", "memory", "disk"} <= card["machine"].keys()
    assert "service.started" in {change["what"] for change in card["changes"] if change["subject"] == "other"}
    assert (card["number"], card["seen"], card["first_seen"]) == (1, 1, card["at"])
    assert card["run_seconds"] > 0
    told = wait_for(lambda: daemon.events("crash.recorded", "raises"), what="the card is told")
    assert told[0]["payload"]["crash"] == card["id"]
    with closing(sqlite3.connect(daemon.data_dir / "control-center.db")) as database:
        stored = json.dumps(database.execute("SELECT * FROM crashes").fetchall())
    assert "line 299" in stored
    assert KEY not in stored
    assert "sk-abcdef" not in stored


def test_the_same_crash_counts_up_and_another_one_does_not(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(definitions(raises=python(RAISES), killed=python(KILLED)), KEY=KEY)
    for count in (1, 2):
        daemon.post("raises", "start")
        cards = crashes(daemon, "raises", count)
    daemon.post("killed", "start")
    [killed] = crashes(daemon, "killed")
    assert [card["number"] for card in cards] == [2, 1]
    assert {card["seen"] for card in cards} == {2}
    assert len({card["fingerprint"] for card in cards}) == 1
    assert cards[1]["last_seen"] == cards[0]["at"] > cards[1]["at"] == cards[0]["first_seen"]
    assert cards[0]["tail"][-1]["message"] != cards[1]["tail"][-1]["message"]
    assert (killed["exit"]["name"], killed["exit"]["meaning"]) == ("SIGSEGV", "access violation")
    grouped = daemon.http.get("/api/incidents/crashes", params={"group": "fingerprint"}).json()
    assert ([card["id"] for card in grouped["crashes"]], grouped["total"]) == ([killed["id"], cards[0]["id"]], 2)
    every = daemon.http.get("/api/incidents/crashes", params={"limit": 2}).json()
    older = daemon.http.get("/api/incidents/crashes", params={"before": every["next"]}).json()
    assert [card["id"] for page in (every, older) for card in page["crashes"]] == [
        *(killed["id"], cards[0]["id"], cards[1]["id"])
    ]
    assert (every["total"], older["next"]) == (3, None)


def test_ends_that_were_wanted_have_no_card(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(
        definitions(
            done=python("print('done')"),
            sleeper=python("import time; time.sleep(600)", restart="on-failure"),
            killed=python(KILLED),
        ),
        KEY=KEY,
    )
    daemon.post("done", "start")
    daemon.is_("done", "exited")
    daemon.post("sleeper", "start", wait="running")
    daemon.post("sleeper", "restart", wait="running")
    daemon.post("sleeper", "stop")
    daemon.post("killed", "start")
    crashes(daemon, "killed")  # so all that was before has been looked at
    assert daemon.http.get("/api/incidents/crashes").json()["total"] == 1
    assert daemon.http.get("/api/services/done/crashes").json() == {"crashes": [], "total": 0, "next": None}
    assert daemon.http.get("/api/services/no-such/crashes").status_code == 404


def test_a_crash_while_the_daemon_was_gone_has_a_card_once(daemons: Callable[..., Daemon]) -> None:
    waits = "import time, pathlib\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\nraise SystemExit(7)"
    daemon = daemons(definitions(waits=python(waits)), KEY=KEY)
    daemon.post("waits", "start", wait="running")
    daemon.kill()
    (daemon.folder / "go").touch()
    daemon.start()
    [card] = crashes(daemon, "waits")
    assert card["exit"]["code"] == 7
    daemon.kill()
    daemon.start()
    [again] = crashes(daemon, "waits")
    assert again["id"] == card["id"]


def test_what_the_supervisor_ends_for_its_health_has_a_card(daemons: Callable[..., Daemon]) -> None:
    check = {"command": ["test", "-e", "well"], "interval": 0.05, "failures": 1, "initial_delay": 0, "restart": True}
    service = python("import time; print('alive', flush=True); time.sleep(600)")
    service |= {"restart": {"when": "on-failure", "max_restarts": 0}, "health": check}
    daemon = daemons(definitions(sick=service), KEY=KEY)
    (daemon.folder / "well").touch()
    daemon.post("sick", "start", wait="healthy")
    wait_for(lambda: "alive" in daemon.log("sick"))
    (daemon.folder / "well").unlink()
    [card] = crashes(daemon, "sick")
    assert "0 restarts" in card["reason"] or "no restart" in card["reason"]
    assert [line["message"] for line in card["tail"]] == ["alive"]
