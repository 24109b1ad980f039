"""A walk over all processes is no instant: whom one walk misses has not ended for that."""

from __future__ import annotations

import selectors
import sys
from collections.abc import Sequence

import pytest

if sys.platform == "win32":
    pytest.skip("the keeper of POSIX", allow_module_level=True)

from keeper.host import Emptied, Exited
from keeper.posix_endings import Endings
from keeper.posix_held import Held
from keeper.posix_output import Outputs
from keeper.posix_table import ProcFs, Seen
from keeper.protocol import Identity

INIT, ROOT, CHILD = Seen(1, 0, 1, "0", False), Seen(901, 1, 800, "5", False), Seen(903, 901, 800, "6", False)
ORPHAN = Seen(903, 1, 800, "6", False)


class Walks(ProcFs):
    """Each walk finds the next of these, and the last one from then on."""

    def __init__(self, *walks: Sequence[Seen]) -> None:
        self._walks = list(walks)

    def walk(self) -> dict[int, Seen]:
        found = self._walks.pop(0) if len(self._walks) > 1 else self._walks[0]
        return {one.pid: one for one in (INIT, *found)}


def told(*after: Sequence[Seen]) -> list[type]:
    """What is told when the root of an adopted tree ends, and these are found from then on."""
    held = {"tree": Held(Identity(ROOT.pid, ROOT.start, "this boot"), adopted=True)}
    outputs = Outputs(splice=False)
    with selectors.DefaultSelector() as selector:
        table = Walks([ROOT, CHILD], *after)
        endings = Endings(held, table, None, outputs, selector, subreaper=False, families=False)
        assert endings.members() == {"tree": [(ROOT.pid, ROOT.start), (CHILD.pid, CHILD.start)]}
        happenings = [type(one) for one in endings.stranger_ended("tree")]
    outputs.close()
    return happenings


@pytest.mark.parametrize("after", [([ORPHAN],), ([], [ORPHAN])], ids=["found at once", "missed once"])
def test_a_tree_lives_while_somebody_of_it_is_found(after: Sequence[Sequence[Seen]]) -> None:
    assert told(*after) == [Exited]


def test_a_tree_has_ended_when_nobody_is_found_twice() -> None:
    assert told([], []) == [Exited, Emptied]


def test_who_has_the_number_of_one_that_was_missed_is_somebody_else() -> None:
    assert told([], [Seen(CHILD.pid, 1, 800, "7", False)]) == [Exited, Emptied]
