"""What an earlier keeper left behind, and who only has a number that one of its processes had."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

if sys.platform != "linux":
    pytest.skip("starts are read from procfs here", allow_module_level=True)

from keeper.posix_members import Members
from keeper.posix_table import ProcFs, Seen
from keeper.protocol import MARK
from tests.fakes.daemon import wait_for

TREE = "0123456789ab.left"


class ItsNumberWasAnothers(ProcFs):
    """When all were looked at, the pid was still that of another process."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def walk(self) -> dict[int, Seen]:
        found = super().walk()
        found[self._pid] = dataclasses.replace(found[self._pid], start="1")
        return found


@pytest.fixture
def marked() -> Iterator[int]:
    with subprocess.Popen(["sleep", "300"], env={**os.environ, MARK: TREE}) as process:
        wait_for(lambda: ProcFs().marks([process.pid]))
        yield process.pid
        process.kill()


def test_a_marked_process_is_named_with_its_tree_and_its_start(marked: int) -> None:
    found = Members(ProcFs(), None, os.getpid()).survivors("0123456789ab")
    assert found == {marked: (TREE, ProcFs().start_of(marked))}


def test_a_mark_of_other_keepers_is_not_ours(marked: int) -> None:
    assert Members(ProcFs(), None, os.getpid()).survivors("ba9876543210") == {}


def test_who_got_the_number_only_since_is_no_survivor(marked: int) -> None:
    assert Members(ItsNumberWasAnothers(marked), None, os.getpid()).survivors("0123456789ab") == {}
