"""Hearing of changes under the roots from the operating system, some of them together.

Where that cannot be had (a network share, too few watches) it says so, and who asks looks for itself more often.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from backend.services.knowledge.indexing.patterns import Patterns

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

STEP_MS = 150  # without another change: what was being written has been written
MOST_MS = 800  # that changes may gather while they go on

Heard = Callable[[set[str]], None]
"""Gets whole paths that have changed, come or gone, without what is left out."""


class NotWatched(Exception):
    """Why the system tells of no changes here."""


@asynccontextmanager
async def watched(
    roots: Sequence[Path], patterns: Patterns, heard: Heard, lost: Callable[[str], None]
) -> AsyncIterator[None]:
    """Inside, each change is heard of; `lost` is called where that ends early. Raises `NotWatched` on entering."""
    try:
        notify = await asyncio.to_thread(_begin, roots)
    except (OSError, RuntimeError) as error:
        raise NotWatched(str(error) or type(error).__name__) from error
    stop = threading.Event()
    thread = threading.Thread(
        target=_listen,
        args=(notify, stop, asyncio.get_running_loop(), _filtered(roots, patterns, heard), lost),
        name="changes of knowledge",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        await asyncio.to_thread(thread.join)
        notify.close()


def _begin(roots: Sequence[Path]) -> RustNotify:
    from watchfiles._rust_notify import RustNotify  # the documented inner half: only it says when the watch has begun

    return RustNotify([str(root) for root in roots], False, False, 0, True, True)


def _listen(
    notify: RustNotify,
    stop: threading.Event,
    loop: asyncio.AbstractEventLoop,
    heard: Heard,
    lost: Callable[[str], None],
) -> None:
    with suppress(RuntimeError):  # the loop has been closed meanwhile
        try:
            while not stop.is_set():
                found = notify.watch(MOST_MS, STEP_MS, 0, stop)
                if isinstance(found, set):
                    loop.call_soon_threadsafe(heard, {path for _, path in found})
        except (OSError, RuntimeError) as error:
            loop.call_soon_threadsafe(lost, str(error) or type(error).__name__)


def _filtered(roots: Sequence[Path], patterns: Patterns, heard: Heard) -> Heard:
    homes = [str(root) for root in roots]

    def is_wanted(path: str) -> bool:
        home = next((one for one in homes if path.startswith(one)), path)
        below = path[len(home) :].replace("\\", "/").strip("/")
        return not below or not patterns.leaves_out.above(below)

    def pass_on(paths: set[str]) -> None:
        if wanted := set(filter(is_wanted, paths)):
            heard(wanted)

    return pass_on
