"""The catalogue over real files: what changes on disk is seen, told, and harms nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.core.secrets import Secrets
from backend.core.tasks import open_tasks
from backend.services.definitions.place import Surroundings
from backend.services.modules import Catalogue
from backend.services.modules.errors import UnknownModule
from backend.services.modules.section import Section
from tests.services.modules.conftest import Read


class House:
    """A catalogue, what it is told, and what it tells."""

    def __init__(self, folder: Path, around: Surroundings, read: Read) -> None:
        self.folder, self.secrets, self.facts = folder, Secrets(), list[Fact]()
        self.section = Section()
        self._read = read
        self.catalogue = Catalogue(
            section=lambda: self.section,
            around=around,
            tell=self.facts.append,
            clock=SystemClock(),
            secrets=self.secrets,
        )

    def declare(self, text: str) -> None:
        self.section, _ = self._read(f"modules:\n{text}")

    def put(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def told(self) -> list[tuple[str, str | None]]:
        return [(fact.type, fact.subject) for fact in self.facts]

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.02)


@pytest.fixture
def house(tmp_path: Path, around: Surroundings, read: Read) -> House:
    (tmp_path / "m").mkdir()
    return House(tmp_path, around, read)


@pytest.fixture
async def watched(house: House) -> AsyncIterator[House]:
    """With one module in the configuration, one in a folder, and a list that is not there yet."""
    house.put("m/two/module.yaml", "command: [python3]\n")
    house.declare("  import: old.json\n  folders: m\n  one: {command: [python3]}\n")
    async with open_tasks() as tasks, house.catalogue.watched(tasks):
        yield house


async def test_modules_of_all_origins_stand_side_by_side(watched: House) -> None:
    assert [(one.id, one.origin) for one in watched.catalogue.modules.values()] == [
        ("one", "configuration"),
        ("two", "folder"),
    ]
    assert [(one.module, one.fault.message) for one in watched.catalogue.faults] == [
        (None, "it cannot be read: No such file or directory")
    ]
    assert watched.told() == [("module.faulty", "old.json")]  # what is there at the start is no news


async def test_a_change_on_disk_is_seen_and_told(watched: House) -> None:
    modules = watched.catalogue.modules
    watched.put("m/two/module.yaml", "command: [python3, -V]\n")
    watched.put("m/three.py", "# /// script\n# [tool.control-center]\n# ///\n")
    await watched.until(lambda: "three" in watched.catalogue.modules)
    assert watched.catalogue.get("two").command == ("python3", "-V")
    assert watched.catalogue.modules is not modules
    (watched.folder / "m" / "three.py").unlink()
    await watched.until(lambda: "three" not in watched.catalogue.modules)
    watched.put("old.json", '[{"id": "four", "name": "4", "script_path": "m/x.py"}]')
    await watched.until(lambda: "four" in watched.catalogue.modules)
    assert watched.told()[1:] == [
        *(("module.added", "three"), ("module.changed", "two"), ("module.removed", "three"), ("module.added", "four"))
    ]


async def test_a_module_that_becomes_wrong_is_gone_until_it_is_mended(watched: House) -> None:
    watched.put("m/two/module.yaml", "command: [python3]\ntimout: 5\n")
    await watched.until(lambda: "two" not in watched.catalogue.modules)
    assert "one" in watched.catalogue.modules
    with pytest.raises(UnknownModule) as unknown:
        watched.catalogue.get("two")
    assert unknown.value.detail == (
        "There is no module `two`: its definition is wrong, module.yaml line 2: `timout` is not a key of this file."
    )
    faulty = watched.facts[-2]
    assert (faulty.type, faulty.subject, faulty.payload) == (
        "module.faulty",
        "two",
        {"file": "module.yaml", "errors": 1, "faults": [{"line": 2, "message": "`timout` is not a key of this file"}]},
    )
    watched.put("m/two/module.yaml", "command: [python3]\ntimeout: 5\n")
    await watched.until(lambda: "two" in watched.catalogue.modules)
    assert watched.told()[1:] == [("module.faulty", "two"), ("module.removed", "two"), ("module.added", "two")]


async def test_the_configuration_is_followed(watched: House) -> None:
    watched.declare("  folders: m\n  uno: {command: [python3]}\n")
    await watched.until(lambda: list(watched.catalogue.modules) == ["uno", "two"])
    assert watched.catalogue.faults == ()


async def test_a_file_of_variables_is_followed_and_its_values_are_secrets(watched: House) -> None:
    watched.put("m/two/.env", "KEY=first-value\n")
    watched.put("m/two/module.yaml", "command: [python3]\nenv_file: .env\n")
    await watched.until(lambda: watched.catalogue.get("two").env)
    watched.put("m/two/.env", "KEY=second-value\n")
    await watched.until(lambda: watched.catalogue.get("two").env == {"KEY": "second-value"})
    assert watched.secrets.hide("first-value second-value") == "••• •••"


async def test_a_run_that_keeps_writing_beside_scripts_hides_no_change(watched: House) -> None:
    stop = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            watched.put(f"m/output-{number}.txt", "x")
            number += 1
            await asyncio.sleep(0.05)

    writing = asyncio.create_task(write())
    watched.put("m/five.py", "# /// script\n# [tool.control-center]\n# ///\n")
    await watched.until(lambda: "five" in watched.catalogue.modules)
    stop.set()
    await writing


async def test_of_two_with_one_id_the_first_counts(house: House) -> None:
    house.put("m/one/module.yaml", "command: [python3]\n")
    house.put("m/ONE.py", "# /// script\n# [tool.control-center]\n# ///\n")
    house.declare("  folders: m\n  one: {command: [python3]}\n")
    await house.catalogue.reload()
    assert [one.origin for one in house.catalogue.modules.values()] == ["configuration"]
    assert [(one.file.name, one.module, one.fault.message) for one in house.catalogue.faults] == [
        ("ONE.py", "ONE", "`one` is declared in control-center.yaml already"),
        ("module.yaml", "one", "`one` is declared in control-center.yaml already"),
    ]


async def test_who_asks_for_what_is_not_there_is_told_what_is(house: House) -> None:
    with pytest.raises(UnknownModule, match=r"^There is no module `x`; none is declared\.$"):
        house.catalogue.get("x")
    house.declare("  collect: {command: [python3]}\n  convert: {command: [python3]}\n")
    await house.catalogue.reload()
    with pytest.raises(UnknownModule, match=r"^There is no module `colect`; did you mean `collect`\?$"):
        house.catalogue.get("colect")
    with pytest.raises(UnknownModule, match=r"^There is no module `zzz`; there is collect and convert\.$"):
        house.catalogue.get("zzz")


async def test_the_program_is_sought_where_tools_find_theirs(house: House, around: Surroundings) -> None:
    house.put("a.py", "")
    house.declare("  one: {script: a.py}\n")
    await house.catalogue.reload()
    module = house.catalogue.get("one")
    assert Path((await house.catalogue.program(module))[0]).parent == Path(around.search_path.split(os.pathsep)[0])
    assert await house.catalogue.program(replace(module, script=None, command=("x",))) == ("x",)
