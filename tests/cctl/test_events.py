"""`cctl events`: what happened, since when, and what happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from cctl.commands.events import _moment
from cctl.failure import Failure
from tests.cctl.conftest import DEFINITIONS, call, going, interrupt, read_lines, started, until_up
from tests.fakes.daemon import Daemon, wait_for

pytestmark = pytest.mark.timeout(180)  # daemons start, and a busy machine takes its time

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=timezone(timedelta(hours=2)))


def kinds(text: str) -> list[str]:
    return [line.split()[2] for line in text.splitlines()]


def test_the_last_ones_oldest_first_in_local_time(daemon: Daemon) -> None:
    until_up(daemon, "ticker")
    ended = call(daemon.data_dir, "events", "--service", "ticker", "-n", "3", TZ="UTC-2")
    assert kinds(ended.stdout) == ["service.starting", "service.launched", "service.started"]
    local = datetime.fromisoformat(" ".join(ended.stdout.split()[:2])).replace(tzinfo=timezone(timedelta(hours=2)))
    assert abs(datetime.now(UTC) - local) < timedelta(minutes=5)
    assert f"pid={daemon.service('ticker')['pid']}" in ended.stdout


def test_by_type_and_as_json(daemon: Daemon) -> None:
    lines = call(daemon.data_dir, "events", "--type", "service.started", "--json").stdout.splitlines()
    assert {json.loads(line)["type"] for line in lines} == {"service.started"}


def test_a_module_with_the_id_of_a_service_is_another_thing(tmp_path: Path) -> None:
    twin = "modules:\n  ticker: {command: [tick], description: %s}\n"
    with started(tmp_path) as daemon:
        until_up(daemon, "ticker")
        daemon.config.write_text(DEFINITIONS + twin % "one", encoding="utf-8")
        wait_for(lambda: daemon.events("module.added", "ticker"))
        past = call(daemon.data_dir, "events", "--service", "ticker", "--json").stdout.splitlines()
        assert {json.loads(line)["area"] for line in past} == {"supervisor"}
        with going(daemon.data_dir, "events", "-f", "-n", "1", "--service", "ticker") as process:
            shown = read_lines(process)
            daemon.config.write_text(DEFINITIONS + twin % "two", encoding="utf-8")
            wait_for(lambda: daemon.events("module.changed", "ticker"))
            daemon.post("ticker", "stop")
            while "service.stopped" not in shown[-1]:
                shown += read_lines(process)
                assert shown[-1], "it has ended"
            interrupt(process)
    assert "module.changed" not in kinds("".join(shown))


def test_since_takes_all_from_then_on(daemon: Daemon) -> None:
    everything = call(daemon.data_dir, "events", "--since", "1h").stdout
    assert "daemon.started" in kinds(everything)
    assert call(daemon.data_dir, "events", "--since", "2100-01-01").stdout == ""
    wrong = call(daemon.data_dir, "events", "--since", "yesterday")
    assert wrong.returncode == 2
    assert "--since yesterday is no time. Give 10m" in wrong.stderr


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("3d", NOW - timedelta(days=3)),
        ("11:30", datetime.fromisoformat("2026-05-04T11:30").astimezone()),
        ("2026-05-01", datetime.fromisoformat("2026-05-01T00:00").astimezone()),
        ("2026-05-01T10:00+00:00", datetime(2026, 5, 1, 10, tzinfo=UTC)),
    ],
)
def test_moments_are_relative_or_of_today_or_dates(text: str, moment: datetime) -> None:
    assert _moment(text, NOW) == moment


def test_what_is_no_moment_is_refused() -> None:
    with pytest.raises(Failure, match="is no time"):
        _moment("25:99", NOW)


def test_following_goes_on_behind_what_was_shown_also_with_a_daemon_that_comes_back(daemon: Daemon) -> None:
    until_up(daemon, "ticker")
    with going(daemon.data_dir, "events", "-f", "-n", "1", "--service", "ticker") as process:
        shown = read_lines(process)
        daemon.kill()
        daemon.start()
        daemon.post("ticker", "stop")
        while "service.stopped" not in shown[-1]:
            shown += read_lines(process)
            assert shown[-1], "it has ended"
        code, _, err = interrupt(process)
    assert (code, err) == (130, "")
    assert kinds("".join(shown)).count("service.stopped") == 1
    assert kinds(shown[0]) == ["service.started"]
