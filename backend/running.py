"""The daemon that runs on a data folder already, if one does.

`python -m backend.running [ARGUMENTS OF THE DAEMON]` opens its dashboard and ends with 0, or ends with 1 where none
answers. Whether a second daemon may start is not decided here but by the lock itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from backend.arguments import Invocation, parse
from backend.config import Settings, SettingsError
from keeper.protocol import read_claim

LOCK = "daemon.lock"


@dataclass(frozen=True, slots=True)
class Running:
    """`address` is where it listens, e.g. `http://127.0.0.1:8080`."""

    pid: int
    address: str


def written(data_dir: Path) -> Running | None:
    """What the lock file of this folder says; the daemon that wrote it may be gone."""
    words = read_claim(data_dir / LOCK)
    if not {"pid", "address"} <= words.keys():
        return None
    return Running(int(words["pid"]), str(words["address"]))


def answering(data_dir: Path, *, seconds: float = 2.0) -> Running | None:
    """The daemon of this folder if it answers within `seconds`. Blocks: not for the event loop."""
    found = written(data_dir)
    if found is None:
        return None
    import urllib.error  # a daemon that runs asks nobody, and need not hold what asks
    import urllib.request

    try:
        with urllib.request.urlopen(f"{found.address}/health", timeout=seconds):  # noqa: S310 - an address of ours
            return found
    except urllib.error.HTTPError:
        return found
    except (OSError, ValueError):
        return None


def entry_address(address: str, settings: Settings) -> str:
    """What a browser opens: it brings API_TOKEN once, and has a cookie from then on."""
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    return f"{address}/ui/" + (f"?token={quote(token, safe='')}" if token else "")


def join(found: Running, invocation: Invocation) -> None:
    """Say where it is and show it."""
    sys.stdout.write(f"Control Center already runs: {found.address}/ui/ (pid {found.pid})\n")
    if invocation.open_browser:
        import webbrowser

        webbrowser.open(entry_address(found.address, invocation.settings))


def main(argv: Sequence[str]) -> int:
    try:
        invocation = parse(argv)
    except SettingsError:
        return 1  # the daemon itself says what is wrong with them
    found = answering(invocation.settings.data_dir)
    if found is None:
        return 1
    join(found, invocation)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
