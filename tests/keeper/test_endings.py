"""A kill at the end of a grace is not kept waiting by a look at every process of the machine."""

from __future__ import annotations

import errno
import selectors
import subprocess
import sys

import psutil
import pytest

if sys.platform != "linux":
    pytest.skip("only Linux tells what a process started", allow_module_level=True)

from keeper.posix_endings import Endings
from keeper.posix_held import Held
from keeper.posix_output import Outputs
from keeper.posix_table import ProcFs, Seen
from keeper.protocol import Identity
from tests.fakes.daemon import alive, wait_for


class Silent(ProcFs):
    """Tells of single processes only."""

    def walk(self) -> dict[int, Seen]:
        raise OSError(errno.EAGAIN, "not now")


def kill(pid: int, start: str) -> None:
    held = {"tree": Held(Identity(pid, start, "this boot"))}
    outputs = Outputs(splice=False)
    with selectors.DefaultSelector() as selector:
        endings = Endings(held, Silent(), None, outputs, selector, subreaper=False, families=True)
        endings.kill("tree")
    outputs.close()


def test_the_root_and_what_it_started_are_killed_without_a_walk() -> None:
    with subprocess.Popen(["sh", "-c", "setsid sh -c 'sleep 301 & wait' & wait"], start_new_session=True) as root:
        members = wait_for(lambda: (found := psutil.Process(root.pid).children(recursive=True))[1:] and found)
        kill(root.pid, ProcFs().start_of(root.pid) or "")
        root.wait(10)
    wait_for(lambda: not any(alive(member.pid) for member in members))


def test_who_got_the_roots_number_since_is_left_alone() -> None:
    with subprocess.Popen(["sleep", "301"]) as stranger:
        kill(stranger.pid, "an earlier start")
        assert stranger.poll() is None
        stranger.kill()
