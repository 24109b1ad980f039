"""`cctl config check | plan | path`: the definitions file, its faults, and what applying it would change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cctl.daemon import find
from cctl.failure import NOT_RUNNING, NOT_WELL, OK, USAGE, Failure
from cctl.screen import Screen

if TYPE_CHECKING:
    from cctl.main import Context

SIGNS = (("added", "+", "green"), ("changed", "~", "yellow"), ("removed", "-", "red"))


def act(context: Context) -> int:
    actions = {"check": _check, "plan": _plan, "path": _path}
    return actions[context.given.action](context)


def _path(context: Context) -> int:
    path = _of_daemon(context, "path") or context.settings.definitions
    if context.screen.as_json:
        context.screen.json({"path": path, "exists": os.path.exists(path)})
    else:
        context.screen.line(path)
    return OK


def _of_daemon(context: Context, member: str | None = None) -> Any:
    """`GET /api/config` or one member of it; None where no daemon answers."""
    if find(context.settings) is None and not context.given.start:
        return None
    try:
        view = context.api().get("/api/config")
    except Failure as failure:
        if failure.code != NOT_RUNNING:
            raise
        return None
    return view if member is None else view[member]


def _check(context: Context) -> int:
    screen, view = context.screen, None if context.given.file else _of_daemon(context)
    if view is None:
        from cctl.installed import json_of

        file = ["--config", os.path.abspath(context.given.file)] if context.given.file else []
        view = json_of(context.settings, ["-m", "backend.checking", *file])
    good = view["state"] in {"in_force", "good"}
    if screen.as_json:
        screen.json(
            {"path": view["path"], "good": good, "services": sorted(view["services"]), "faults": view["faults"]}
        )
        return OK if good else NOT_WELL
    show_faults(view["path"], view["faults"], screen)
    counted = f"{len(view['services'])} services" if len(view["services"]) != 1 else "1 service"
    if good:
        screen.line(f"{view['path']} is good: {counted}.")
    else:
        screen.line(f"{view['path']} is not applied as it is.")
    return OK if good else NOT_WELL


def show_faults(path: str, faults: Sequence[dict[str, Any]], screen: Screen) -> None:
    """As compilers do: an editor's terminal makes `file:line:column` a link."""
    for fault in faults:
        word = screen.style(fault["severity"], "red" if fault["severity"] == "error" else "yellow")
        what = f"{fault['path']}: {fault['message']}" if fault["path"] else fault["message"]
        screen.line(f"{path}:{fault['line']}:{fault['column']}: {word}: {what}")
        if fault["excerpt"]:
            screen.line(f"    {screen.style(fault['excerpt'], 'dim')}")
        if fault["hint"]:
            screen.line(f"    {fault['hint']}")


def _plan(context: Context) -> int:
    screen, file, api = context.screen, context.given.file, context.api()
    if file:
        answer = api.ask("POST", "/api/config/plan", body={"text": _text(file)}, seconds=30)
    else:
        answer = api.get("/api/config/plan")
    faults = answer.get("faults") or []
    bad = any(fault["severity"] == "error" for fault in faults)
    if screen.as_json:
        screen.json(answer)
        return NOT_WELL if bad else OK
    show_faults(file or api.get("/api/config")["path"], faults, screen)
    if answer["plan"] is not None:
        _show_plan(answer["plan"], screen)
    return NOT_WELL if bad else OK


def _text(file: str) -> str:
    try:
        with open(file, encoding="utf-8-sig") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(USAGE, f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _show_plan(plan: dict[str, Any], screen: Screen) -> None:
    for member, sign, style in SIGNS:
        for one in plan[member]:
            name = one if isinstance(one, str) else one["id"]
            screen.line(f"{screen.style(f'{sign} {member:<8}', style)} {name}{_details(one)}")
    if not any(plan[member] for member, _, _ in SIGNS):
        screen.line("Nothing would change." if plan.get("unchanged") else "No services.")


def _details(one: Any) -> str:
    if isinstance(one, str):
        return ""
    keys = f" ({', '.join(one['keys'])})" if one.get("keys") else ""
    return keys + (" takes effect at its next start" if one.get("restart") else "")
