"""The real supervisor lives through thousands of random histories in virtual time, over a pretended world.

What must hold in each: never two processes for one service; a stop always ends; what is said is what is; what is
wanted survives; no restart beyond the budget; nothing lives of a service at rest; no task is left over. A history that
fails is shortened as far as it goes on failing, and printed with its seed: `CONTROL_CENTER_SEED=<seed>` runs it alone.
"""

from __future__ import annotations

import os

import pytest

from tests.fakes.history import Failed, shortest, write

HISTORIES = 10_000
CHUNK = 500
SEED = os.environ.get("CONTROL_CENTER_SEED")
FIRST = 0 if SEED is None else int(SEED)


@pytest.mark.timeout(300)  # five seconds on a machine with nothing else to do
@pytest.mark.parametrize("first", range(0, HISTORIES, CHUNK) if SEED is None else [FIRST])
def test_in_no_history_anything_is_doubled_lost_or_untrue(first: int) -> None:
    for seed in range(first, first + (CHUNK if SEED is None else 1)):
        history = write(seed)
        try:
            history.live()
        except Failed as failed:
            pytest.fail(shortest(history, failed), pytrace=False)
