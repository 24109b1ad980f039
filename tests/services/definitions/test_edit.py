"""Edits of a file on disk: what is written, what is refused, and what others do to the file meanwhile."""

from __future__ import annotations

import asyncio
import codecs
import os
import random
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.config import ROOT
from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.core.tasks import open_tasks
from backend.services.definitions import Definitions
from backend.services.definitions.edit import Outcome, add, put, remove
from backend.services.definitions.errors import (
    EditConflict,
    FaultyDefinition,
    FileFaulty,
    FileNotEditable,
    NoSuchService,
    NotWritten,
    ServiceExists,
)
from backend.services.definitions.on_disk import OnDisk
from backend.services.definitions.pasted import given
from backend.services.definitions.present import written
from tests.fakes.journal import telling
from tests.services.definitions.test_pasted import PYTHON_AND_JSON, YAML

RUN = '{command: ["${center:python}"]}'
ONE = f"# ours\nservices:\n  one: {RUN}\n"


class Desk:
    """A definitions file in force, and what is told of it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.facts = folder / "control-center.yaml", list[Fact]()
        self.definitions = Definitions(
            self.path, data_dir=folder / "data", log_dir=folder / "logs", root=ROOT, tell=telling(self.facts),
            clock=SystemClock(),
        )  # fmt: skip

    async def open(self, text: str | bytes = ONE) -> Desk:
        self.path.write_bytes(text.encode() if isinstance(text, str) else text)
        await self.definitions.start()
        return self

    async def add(self, text: str, service_id: str | None = None, dry_run: bool = False) -> Outcome:
        return await add(self.definitions, await given(service_id, None, text), dry_run=dry_run)

    async def put(self, service_id: str, definition: dict[str, Any] | str, revision: str = "") -> Outcome:
        is_text = isinstance(definition, str)
        pasted = await given(service_id, None if is_text else definition, definition if is_text else None)  # type: ignore[arg-type]
        revision = revision or (await written(self.definitions, service_id)).revision
        how: Any = "text" if is_text else "values"
        return await put(self.definitions, service_id, pasted, how=how, revision=revision, dry_run=False)

    async def remove(self, service_id: str, revision: str | None = None) -> Outcome:
        return await remove(self.definitions, service_id, revision=revision, dry_run=False)

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def left_over(self) -> list[str]:
        return [one.name for one in self.path.parent.iterdir() if one.name.endswith(".new")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_services_come_change_and_go(desk: Desk) -> None:
    await desk.open()
    await desk.add(f"# the second\ntwo: {RUN}   # words\nthree: {RUN}\n")
    assert desk.text == ONE + f"  # the second\n  two: {RUN}   # words\n  three: {RUN}\n"
    assert list(desk.definitions.services) == ["one", "two", "three"]
    await desk.put("two", {"command": ["${center:python}"], "port": 8188})
    assert '  two: {command: ["${center:python}"], port: 8188}   # words\n' in desk.text
    assert desk.definitions.services["two"].port == 8188
    await desk.remove("one")
    await desk.remove("three")
    assert (
        desk.text == '# ours\nservices:\n  # the second\n  two: {command: ["${center:python}"], port: 8188}   # words\n'
    )
    edited = [fact for fact in desk.facts if fact.type == "config.edited"]
    assert [(fact.actor, fact.payload) for fact in edited] == [
        ("local", {"added": ["two", "three"], "changed": [], "removed": []}),
        ("local", {"added": [], "changed": ["two"], "removed": []}),
        ("local", {"added": [], "changed": [], "removed": ["one"]}),
        ("local", {"added": [], "changed": [], "removed": ["three"]}),
    ]
    assert desk.left_over == []


async def test_an_edit_that_changes_nothing_writes_nothing(desk: Desk) -> None:
    await desk.open()
    before = desk.path.stat()
    outcome = await desk.put("one", {"command": ["${center:python}"]})
    assert outcome.text == ONE
    assert desk.path.stat().st_mtime_ns == before.st_mtime_ns
    assert "config.edited" not in [fact.type for fact in desk.facts]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_encoding_mark_and_line_ends_stay(desk: Desk, mark: bytes, encoding: str, newline: str) -> None:
    text = ONE.replace("ours", "für alle ☕").replace("\n", newline)
    await desk.open(mark + text.encode(encoding))
    await desk.add(f"two: {RUN}\n")
    assert desk.path.read_bytes() == mark + (text + f"  two: {RUN}{newline}").encode(encoding)


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
async def test_the_mode_stays_and_a_link_stays_a_link(desk: Desk, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "mine.yaml"
    real.parent.mkdir()
    real.write_text(ONE, encoding="utf-8")
    real.chmod(0o640)
    desk.path.symlink_to(real)
    await desk.definitions.start()
    await desk.add(f"two: {RUN}\n")
    assert desk.path.is_symlink()
    assert real.read_text(encoding="utf-8") == f"{ONE}  two: {RUN}\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert [one.name for one in real.parent.iterdir()] == ["mine.yaml"]


async def test_a_file_that_is_gone_is_written_from_what_is_in_force(desk: Desk) -> None:
    await desk.open()
    desk.path.unlink()
    await desk.definitions.reload()
    assert str(desk.definitions.state) == "missing"
    await desk.add(f"two: {RUN}\n")
    assert desk.text == f"{ONE}  two: {RUN}\n"
    assert desk.definitions.state == "in_force"


async def test_a_first_service_makes_the_file(desk: Desk) -> None:
    await desk.open("")
    desk.path.unlink()
    await desk.add(f"two: {RUN}\n")
    assert desk.text == f"services:\n  two: {RUN}\n"


@pytest.mark.parametrize(
    ("text", "place", "path", "hint"),
    [
        ("# pasted\n\ntwo:\n  command: [x]\n  prot: 80\n", (5, 3), "services.two.prot", "Did you mean `port`?"),
        ('"two": {\n  "command": ["x"],\n  "prot": 80,\n},', (3, 11), "services.two.prot", "Did you mean `port`?"),
        ("{two: {command: [x], restart: allways}}", (1, 31), "services.two.restart", "Did you mean always?"),
        ("two:\ncommand: [x]\nport: 70000\n", (3, 7), "services.two.port", "It is from 1 to 65535"),
        ("two:\n  command: [x]\n  depends_on: [nothing]\n", (3, 16), "services.two.depends_on[0]", "one"),
        ("two: {name: x}", (1, 1), "services.two", "It is the only key that a service needs"),
        ("two: {<<: *gpu, command: [x]}", (1, 11), "", "in quotes"),
        ("ONE: {command: [x]}", (1, 1), "services.ONE", "case"),
        ('two:\n  command: [x]\n  env: {KEY: "•••"}\n', (3, 14), "services.two.env.KEY", "${env:NAME}"),
    ],
)
async def test_faults_are_told_at_their_place_in_the_paste_and_nothing_is_written(
    desk: Desk, text: str, place: tuple[int, int], path: str, hint: str
) -> None:
    await desk.open()
    with pytest.raises(FaultyDefinition) as refused:
        await desk.add(text)
    (error,) = [one for one in refused.value.extra["errors"] if one["severity"] == "error"]
    assert (error["line"], error["column"], error["path"], error["source"]) == (*place, path, "text"), error
    assert hint in error["hint"] + error["message"]
    assert error["excerpt"] == text.split("\n")[place[0] - 1].strip()
    assert desk.text == ONE
    outcome = await desk.add(text, dry_run=True)
    assert outcome.after is None
    assert [one.as_json() for one in outcome.told] == refused.value.extra["errors"]


@pytest.mark.parametrize(
    "file", ['{"services": {"one": {"command": ["x"]}}}', '{"services": {\n  "one": {"command": ["x"]}\n}}']
)
async def test_faults_are_told_at_their_place_when_the_file_is_json(desk: Desk, file: str) -> None:
    await desk.open(file)
    text = "# words\ntwo:\n  command: [x]\n  prot: 80\nthree:\n  command: [x]\n  env:\n    KEY: [1]\n"
    outcome = await desk.add(text, dry_run=True)
    errors = [one.fault for one in outcome.told if one.fault.severity == "error" and one.source == "text"]
    assert [(fault.line, fault.column, fault.path) for fault in errors] == [
        (4, 9, "services.two.prot"),
        (8, 10, "services.three.env.KEY"),
    ]


async def test_a_service_that_others_need_stays_and_their_place_is_told(desk: Desk) -> None:
    text = f'{ONE}  two:\n    command: ["${{center:python}}"]\n    depends_on: [one]\n'
    await desk.open(text)
    with pytest.raises(FaultyDefinition) as refused:
        await desk.remove("one")
    (error,) = refused.value.extra["errors"]
    assert (error["line"], error["path"], error["source"]) == (5, "services.two.depends_on[0]", "file")
    assert desk.text == text


async def test_a_circle_is_refused_spelled_out(desk: Desk) -> None:
    await desk.open(f'{ONE}  two: {{command: ["${{center:python}}"], depends_on: [one]}}\n')
    with pytest.raises(FaultyDefinition, match="one → two → one"):
        await desk.put("one", {"command": ["${center:python}"], "depends_on": ["two"]})


async def test_a_file_with_errors_is_left_to_the_person(desk: Desk) -> None:
    await desk.open()
    broken = ONE + "  two: {comand: [x]}\n"
    desk.path.write_text(broken, encoding="utf-8")
    for edit in (desk.add(f"three: {RUN}"), desk.remove("one")):
        with pytest.raises(FileFaulty, match="the first in line 4") as refused:
            await edit
        assert "comand" in [one["excerpt"][6:12] for one in refused.value.extra["errors"]]
    assert desk.text == broken
    desk.path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(FileFaulty):
        await desk.add(f"three: {RUN}")
    desk.path.write_text("services: [\n", encoding="utf-8")
    with pytest.raises(FileFaulty):
        await written(desk.definitions, "one")


async def test_an_old_revision_is_a_conflict_that_shows_what_is_there(desk: Desk) -> None:
    await desk.open()
    old = await written(desk.definitions, "one")
    assert (old.text, old.definition) == (f"one: {RUN}\n", {"command": ["${center:python}"]})
    await desk.put("one", {"command": ["${center:python}"], "name": "mine"}, old.revision)
    for edit in (desk.put("one", {"command": ["x"]}, old.revision), desk.remove("one", old.revision)):
        with pytest.raises(EditConflict) as refused:
            await edit
        assert refused.value.extra["current"]["definition"]["name"] == "mine"
    new = await written(desk.definitions, "one")
    await desk.remove("one", new.revision)
    assert desk.text == "# ours\nservices:\n"


async def test_a_block_on_its_own_place_has_a_revision_of_its_own(desk: Desk) -> None:
    await desk.open()
    old = await written(desk.definitions, "one")
    await desk.add(f"two: {RUN}\n")
    desk.path.write_text(
        "# more words\n\n" + desk.text.replace("  one", "    one").replace("  two", "    two"), "utf-8"
    )
    assert await written(desk.definitions, "one") == old


async def test_what_is_there_already_is_not_added_again(desk: Desk) -> None:
    await desk.open()
    with pytest.raises(ServiceExists, match="There is one already"):
        await desk.add(f"two: {RUN}\none: {RUN}\n")
    outcome = await desk.add("one: {command: [x]}\n", dry_run=True)
    assert outcome.text == "# ours\nservices:\n  one: {command: [x]}\n"
    assert outcome.after is not None
    assert outcome.after["one"].command == ("x",)
    assert desk.text == ONE


async def test_a_text_written_anew_keeps_its_own_comments(desk: Desk) -> None:
    await desk.open()
    await desk.put("one", 'one:   # words\n  # above\n  command: ["${center:python}"]\n')
    assert desk.text == '# ours\nservices:\n  one:   # words\n    # above\n    command: ["${center:python}"]\n'
    with pytest.raises(FaultyDefinition, match="this is `two`, not `one`"):
        await desk.put("one", f"two: {RUN}")
    with pytest.raises(FaultyDefinition, match="there is no service in this text"):
        await desk.put("one", "")


@pytest.mark.parametrize("text", ['{"two": {"command": ["\\ud800"]}}', '"two": {"command": ["\\ud83d", "x"]},'])
async def test_half_a_character_is_told(desk: Desk, text: str) -> None:
    await desk.open()
    with pytest.raises(FaultyDefinition, match=r"control character U\+D8"):
        await desk.add(text)
    assert desk.text == ONE


async def test_a_bottomless_definition_is_told(desk: Desk) -> None:
    await desk.open()
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"env": deep}
    with pytest.raises(FaultyDefinition, match="nested deeper than 50"):
        await desk.put("one", deep)
    shallow: dict[str, Any] = {"command": ["x"]}
    for _ in range(80):
        shallow = {"env": shallow}
    with pytest.raises(FaultyDefinition, match="`command` is missing"):
        await desk.put("one", shallow)
    assert desk.text == ONE


async def test_a_file_is_not_made_larger_than_can_be_read(desk: Desk) -> None:
    await desk.open(ONE + "# filler\n" * 222_000)
    with pytest.raises(FileNotEditable, match="more than 2 MB"):
        await desk.add(f"two: {{command: [x], description: {'y' * 2000}}}")
    assert "two" not in desk.text


async def test_a_hundred_services_at_once(desk: Desk) -> None:
    await desk.open()
    text = "".join(f"s{number}:\n  command: [x, '{number}']\n" for number in range(200))
    outcome = await desk.add(text)
    assert outcome.after is not None
    assert len(outcome.after) == 201
    assert len((await desk.add(text, dry_run=True)).text.splitlines()) == 403


def damaged(text: str, dice: random.Random) -> str:
    for _ in range(dice.randrange(1, 4)):
        start = dice.randrange(len(text))
        insert = dice.choice(
            [*"{}[]()\"'\\,:#&*|>-\n\t =r\0é@`%", "\n  ", "\r\n", "\u2028", "<<: *x", "None", "---\n", "- "]
        )
        text = text[:start] + insert + text[start + dice.randrange(4) :]
    return text


async def test_no_paste_however_damaged_brings_anything_but_faults_at_a_place(desk: Desk) -> None:
    await desk.open()
    dice, good = random.Random(11), 0
    for _ in range(300):
        text = damaged(dice.choice([*PYTHON_AND_JSON, *YAML]), dice)
        outcome = await desk.add(text, dry_run=True)
        lines = text.splitlines()
        for one in outcome.told:
            assert one.source == "file" or 1 <= one.fault.line <= len(lines), text
            assert one.fault.column >= 1
            assert one.fault.hint
        if outcome.after is not None:
            good += 1
            assert outcome.text.startswith(ONE)
            assert desk.definitions.read(outcome.text).good
    assert 20 < good < 280
    assert desk.text == ONE


async def test_variables_stay_as_they_are_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_OWN_KEY", "the-secret-itself")
    await desk.open()
    definition = {"command": ["${center:python}"], "env": {"KEY": "${env:OUR_OWN_KEY}"}}
    await desk.add('two: {command: ["${center:python}"], env: {KEY: "${env:OUR_OWN_KEY}"}}')
    await desk.put("one", {**definition, "name": "mine"})
    assert desk.text.count("${env:OUR_OWN_KEY}") == 2
    assert "the-secret-itself" not in desk.text
    assert desk.definitions.services["one"].env == {"KEY": "the-secret-itself"}
    assert (await written(desk.definitions, "two")).definition == definition


async def test_edits_at_once_all_land_and_their_services_are_known(desk: Desk) -> None:
    await desk.open()
    known: list[bool] = []

    async def one(number: int) -> None:
        await desk.add(f"s{number}: {RUN}\n")
        known.append(f"s{number}" in desk.definitions.services)

    await asyncio.gather(*(one(number) for number in range(12)))
    assert known == [True] * 12
    assert sorted(desk.definitions.services) == sorted(["one", *(f"s{number}" for number in range(12))])


async def test_edits_of_the_same_service_at_once_leave_one_winner(desk: Desk) -> None:
    await desk.open()
    old = await written(desk.definitions, "one")
    edits = [desk.put("one", {"command": ["${center:python}", str(number)]}, old.revision) for number in range(5)]
    results = await asyncio.gather(*edits, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["EditConflict"] * 4 + ["Outcome"]


async def test_what_is_written_by_hand_meanwhile_is_never_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.open()
    by_hand = iter([f"{ONE}  hand: {RUN}\n", f"{ONE}  hand: {RUN}\n  more: {RUN}\n"])
    write = OnDisk.write

    def late(self: OnDisk, text: str) -> None:
        if (meanwhile := next(by_hand, None)) is not None:
            desk.path.write_text(meanwhile, encoding="utf-8")
        write(self, text)

    monkeypatch.setattr(OnDisk, "write", late)
    await desk.add(f"two: {RUN}\n")
    assert desk.text == f"{ONE}  hand: {RUN}\n  more: {RUN}\n  two: {RUN}\n"
    assert desk.left_over == []


async def test_a_file_that_is_always_being_written_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.open()
    write = OnDisk.write

    def late(self: OnDisk, text: str) -> None:
        desk.path.write_text(desk.text + "# again\n", encoding="utf-8")
        write(self, text)

    monkeypatch.setattr(OnDisk, "write", late)
    with pytest.raises(EditConflict, match="written all the time"):
        await desk.add(f"two: {RUN}\n")
    assert "two" not in desk.text


def not_there(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [not_there])
async def test_a_file_that_cannot_be_read_is_told(desk: Desk, harm: Callable[[Path], None]) -> None:
    await desk.open()
    harm(desk.path)
    with pytest.raises((NotWritten, FileFaulty)):
        await desk.add(f"two: {RUN}\n")


async def test_a_disk_that_takes_no_more_leaves_the_file_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.open()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritten, match=r"No space left on device\. Nothing was changed"):
        await desk.add(f"two: {RUN}\n")
    assert desk.text == ONE
    assert desk.left_over == []


async def test_what_nobody_declared_is_not_there(desk: Desk) -> None:
    await desk.open()
    for edit in (desk.put("two", {"command": ["x"]}, "0"), desk.remove("two"), written(desk.definitions, "two")):
        with pytest.raises(NoSuchService):
            await edit


async def test_services_behind_an_alias_are_left_to_the_person(desk: Desk) -> None:
    await desk.open(f"x-all: &all\n  one: {RUN}\nservices: *all\n")
    with pytest.raises(FileNotEditable, match="refers to an anchor"):
        await desk.add(f"two: {RUN}\n")


async def test_the_watcher_applies_an_edit_no_second_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.services.definitions.store.POLL_SECONDS", 0.01)
    monkeypatch.setattr("backend.services.definitions.store.SETTLE_SECONDS", 0.01)
    desk.path.write_text(ONE, encoding="utf-8")
    heard: list[tuple[list[str], list[str], list[str]]] = []
    desk.definitions.subscribe(lambda _, *change: heard.append(tuple(map(list, change))))  # type: ignore[arg-type]
    async with open_tasks() as tasks, desk.definitions.watched(tasks):
        for number in range(20):
            await desk.add(f"s{number}: {RUN}\n")
            assert f"s{number}" in desk.definitions.services
        desk.path.write_text(ONE, encoding="utf-8")
        async with asyncio.timeout(10):
            while list(desk.definitions.services) != ["one"]:
                await asyncio.sleep(0.01)
    assert heard == [
        (["one"], [], []),
        *(([f"s{number}"], [], []) for number in range(20)),
        ([], [], [f"s{number}" for number in range(20)]),
    ]
