"""`cctl doctor`: is Control Center itself well here? The daemon's own diagnosis, or `quick_check.py`'s without one."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING, Any

from cctl.daemon import find
from cctl.failure import NOT_RUNNING, NOT_WELL, OK, Failure
from cctl.screen import BAD, CHANGING, GOOD, Screen

if TYPE_CHECKING:
    from cctl.main import Context

MARKS = {"ok": GOOD, "warning": CHANGING, "error": BAD}


def act(context: Context) -> int:
    diagnosis, screen = _diagnosis(context), context.screen
    checks = diagnosis["checks"]
    if screen.as_json:
        screen.json(diagnosis)
        return OK if diagnosis["ok"] else NOT_WELL
    width = max(len(check["title"]) for check in checks)
    for check in checks:
        _show(check, width, screen)
    counted = {status: sum(check["status"] == status for check in checks) for status in MARKS}
    screen.line(
        f"\n{len(checks)} checks: {counted['ok']} ok, {counted['warning']} warnings, {counted['error']} errors."
    )
    return OK if diagnosis["ok"] else NOT_WELL


def _diagnosis(context: Context) -> Any:
    if find(context.settings) is not None or context.given.start:
        try:
            return context.api().get("/api/diagnostics", seconds=60)
        except Failure as failure:
            if failure.code != NOT_RUNNING:
                raise
            context.screen.note(f"cctl: {failure}\n")
    from cctl.installed import json_of

    return json_of(context.settings, [os.path.join(context.settings.root, "quick_check.py"), "--json"])


def _show(check: dict[str, Any], width: int, screen: Screen) -> None:
    word = f"{screen.mark(MARKS[check['status']])} {check['status']:<7}"
    screen.line(f"{word}  {check['title']:<{width}}  {check['what']}")
    indent = " " * (width + 13)
    for name in ("why", "fix"):
        if check[name]:
            first, rest = f"{indent}{name}: ", f"{indent}     "
            wide = max(len(first) + 30, screen.width or 120)
            screen.line(textwrap.fill(check[name], wide, initial_indent=first, subsequent_indent=rest))
