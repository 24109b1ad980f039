"""`cctl open`: the dashboard in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cctl.failure import NOT_WELL, OK

if TYPE_CHECKING:
    from cctl.main import Context


def act(context: Context) -> int:
    import webbrowser
    from urllib.parse import quote

    api, screen = context.api(), context.screen
    api.get("/health")
    address = f"{api.address}/ui/"
    opened = webbrowser.open(address + (f"?token={quote(api.token, safe='')}" if api.token else ""))
    if screen.as_json:
        screen.json({"address": address, "opened": opened})
    elif opened:
        screen.line(f"Opened {address}")
    else:
        screen.line(f"No browser could be opened here. The dashboard is at {address}")
    return OK if opened else NOT_WELL
