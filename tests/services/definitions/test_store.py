"""The file as it lives: written first, edited well and badly, half written, replaced, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.core.tasks import open_tasks
from backend.services.definitions import Definitions
from backend.services.definitions.kept import EXAMPLE, LAST_GOOD
from backend.services.definitions.model import ServiceSpec
from backend.services.modules.section import section
from tests.fakes.clock import TurnedClock
from tests.fakes.journal import telling

ONE = 'services:\n  one: {command: ["${center:python}"]}\n'
TWO = ONE + '  two: {command: ["${center:python}"]}\n'
BAD = "services:\n  one: {comand: [x]}\n"


@dataclass
class Home:
    """A definitions file with a data folder, and what is told of it."""

    path: Path
    data_dir: Path
    clock: SystemClock | TurnedClock = field(default_factory=SystemClock)
    facts: list[Fact] = field(default_factory=list)
    heard: list[tuple[list[str], list[str], list[str]]] = field(default_factory=list)

    def definitions(self) -> Definitions:
        definitions = Definitions(
            self.path,
            data_dir=self.data_dir,
            log_dir=self.data_dir / "logs",
            root=ROOT,
            tell=telling(self.facts),
            clock=self.clock,
            sections={"modules": section(self.path)},
        )
        definitions.subscribe(self._hear)
        return definitions

    def _hear(
        self, services: Mapping[str, ServiceSpec], added: Sequence[str], changed: Sequence[str], removed: Sequence[str]
    ) -> None:
        self.heard.append((list(added), list(changed), list(removed)))

    @property
    def told(self) -> list[str]:
        return [fact.type for fact in self.facts]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "mine" / "control-center.yaml", tmp_path / "data")


@pytest.fixture
async def watched(home: Home) -> AsyncIterator[Definitions]:
    home.path.parent.mkdir()
    home.path.write_text(ONE, encoding="utf-8")
    async with open_tasks() as tasks, home.definitions().watched(tasks) as definitions:
        yield definitions


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class TestFirstStart:
    async def test_writes_the_example_and_is_ready_to_start_its_demo(self, home: Home) -> None:
        definitions = home.definitions()
        await definitions.start()
        assert home.path.read_text(encoding="utf-8") == (ROOT / EXAMPLE).read_text(encoding="utf-8")
        assert (definitions.state, definitions.faults) == ("in_force", ())
        assert list(definitions.services) == ["demo"]
        assert home.told == ["config.applied"]

    async def test_never_writes_over_a_file(self, home: Home) -> None:
        home.path.parent.mkdir()
        home.path.write_text("", encoding="utf-8")
        definitions = home.definitions()
        await definitions.start()
        assert home.path.read_text(encoding="utf-8") == ""
        assert (definitions.state, definitions.services) == ("in_force", {})

    async def test_where_no_file_can_be_written_says_so_and_goes_on(self, home: Home, tmp_path: Path) -> None:
        (tmp_path / "mine").write_text("a file where the folder should be", encoding="utf-8")
        definitions = home.definitions()
        await definitions.start()
        assert definitions.state == "missing"
        assert [fault.severity for fault in definitions.faults] == ["error"]
        assert home.told == ["config.refused"]


class TestAnEditedFile:
    async def test_is_in_force_within_a_second(self, home: Home, watched: Definitions) -> None:
        started = asyncio.get_running_loop().time()
        home.path.write_text(TWO, encoding="utf-8")
        await until(lambda: "two" in watched.services)
        assert asyncio.get_running_loop().time() - started < 1.0
        assert home.heard[-1] == (["two"], [], [])
        assert home.facts[-1].payload == {"services": 2, "added": ["two"], "changed": [], "removed": [], "warnings": 0}
        assert watched.changed_at is not None
        assert watched.changed_at <= datetime.now(UTC)

    async def test_tells_what_changed_and_what_went(self, home: Home, watched: Definitions) -> None:
        home.path.write_text(TWO.replace("one: {", "one: {port: 18500, "), encoding="utf-8")
        await until(lambda: len(home.heard) == 2)
        home.path.write_text(TWO.replace("  one:", "  uno:"), encoding="utf-8")
        await until(lambda: len(home.heard) == 3)
        assert home.heard[1:] == [(["two"], ["one"], []), (["uno"], [], ["one"])]

    async def test_that_is_bad_changes_nothing_and_says_where(self, home: Home, watched: Definitions) -> None:
        home.path.write_text(BAD, encoding="utf-8")
        await until(lambda: watched.state == "faulty")
        assert list(watched.services) == ["one"]
        assert [(fault.line, fault.path) for fault in watched.faults] == [(2, "services.one.comand")]
        assert home.facts[-1].type == "config.refused"
        assert home.facts[-1].payload["errors"] == 1
        home.path.write_text(TWO, encoding="utf-8")
        await until(lambda: watched.state == "in_force")
        assert watched.faults == ()

    async def test_replaced_by_another_is_seen(self, home: Home, watched: Definitions) -> None:
        other = home.path.with_suffix(".new")
        other.write_text(TWO, encoding="utf-8")
        other.replace(home.path)
        await until(lambda: "two" in watched.services)

    async def test_is_not_applied_while_it_is_being_written(self, home: Home, watched: Definitions) -> None:
        with home.path.open("w", encoding="utf-8") as file:
            for character in TWO:
                file.write(character)
                file.flush()
                await asyncio.sleep(0.01)
        await until(lambda: "two" in watched.services)
        assert home.told == ["config.applied", "config.applied"]

    async def test_that_is_deleted_leaves_all_in_force(self, home: Home, watched: Definitions) -> None:
        home.path.unlink()
        await until(lambda: watched.state == "missing")
        assert list(watched.services) == ["one"]
        assert LAST_GOOD in watched.faults[0].hint
        home.path.write_text(ONE, encoding="utf-8")
        await until(lambda: watched.state == "in_force")

    async def test_whose_env_file_changes_is_applied_again(self, home: Home, watched: Definitions) -> None:
        env_file = home.path.with_name("keys.env")
        env_file.write_text("KEY=first-value\n", encoding="utf-8")
        home.path.write_text(
            'services:\n  one: {command: ["${center:python}"], env_file: keys.env}\n', encoding="utf-8"
        )
        await until(lambda: watched.services["one"].env == {"KEY": "first-value"})
        env_file.write_text("KEY=second-value\n", encoding="utf-8")
        await until(lambda: watched.services["one"].env == {"KEY": "second-value"})
        assert watched.secrets.hide("first-value second-value") == "••• •••"

    async def test_touched_without_a_change_is_no_news(self, home: Home, watched: Definitions) -> None:
        home.path.write_text(ONE, encoding="utf-8")
        await watched.reload()
        assert home.told == ["config.applied"]
        assert home.heard == [(["one"], [], [])]

    async def test_warnings_go_when_their_cause_has_gone(self, home: Home) -> None:
        home.clock = TurnedClock()
        home.path.parent.mkdir()
        home.path.write_text('services:\n  one: {command: ["${center:python}"], cwd: later}\n', encoding="utf-8")
        async with open_tasks() as tasks, home.definitions().watched(tasks) as definitions:
            assert [fault.severity for fault in definitions.faults] == ["warning"]
            (home.path.parent / "later").mkdir()
            home.clock.turn(11)
            await until(lambda: definitions.faults == ())
        assert home.told == ["config.applied"]


class TestTheLastGoodDefinitions:
    async def restart_with(self, home: Home, text: str | None) -> Definitions:
        home.path.parent.mkdir()
        home.path.write_text(TWO, encoding="utf-8")
        await home.definitions().start()
        if text is None:
            home.path.unlink()
        else:
            home.path.write_text(text, encoding="utf-8")
        home.facts.clear()
        definitions = home.definitions()
        await definitions.start()
        return definitions

    async def test_are_in_force_beside_a_bad_file(self, home: Home) -> None:
        definitions = await self.restart_with(home, BAD)
        assert definitions.state == "faulty"
        assert list(definitions.services) == ["one", "two"]
        assert definitions.services["one"].cwd == home.path.parent
        assert home.told == ["config.refused"]

    async def test_are_in_force_without_a_file(self, home: Home) -> None:
        definitions = await self.restart_with(home, None)
        assert definitions.state == "missing"
        assert list(definitions.services) == ["one", "two"]
        assert not home.path.exists()

    async def test_tell_what_was_edited_meanwhile(self, home: Home) -> None:
        await self.restart_with(home, ONE)
        assert home.facts[0].payload["removed"] == ["two"]

    async def test_of_another_file_are_not_taken(self, home: Home) -> None:
        await self.restart_with(home, TWO)
        home.path = home.path.with_name("other.yaml")
        home.path.write_text(BAD, encoding="utf-8")
        definitions = home.definitions()
        await definitions.start()
        assert (definitions.state, definitions.services) == ("faulty", {})

    async def test_survive_a_data_folder_that_takes_no_file(self, home: Home) -> None:
        home.data_dir.write_text("a file where the folder should be", encoding="utf-8")
        home.path.parent.mkdir()
        home.path.write_text(ONE, encoding="utf-8")
        definitions = home.definitions()
        await definitions.start()
        assert definitions.state == "in_force"


async def test_secrets_are_learnt_as_they_come(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "the-first-key")
    home.path.parent.mkdir()
    home.path.write_text('services: {a: {command: ["${center:python}", "${env:OUR_KEY}"]}}', encoding="utf-8")
    definitions = home.definitions()
    await definitions.start()
    assert definitions.secrets.hide("the-first-key, the-second-key") == "•••, the-second-key"
    monkeypatch.setenv("OUR_KEY", "the-second-key")
    await definitions.reload()
    assert definitions.secrets.hide("the-first-key, the-second-key") == "•••, •••"
    assert not [fact for fact in home.facts if "-key" in str(fact.payload)]
