"""`cctl autostart on | off | status`: whether the daemon starts when you log in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cctl import daemon
from cctl.autostart import Start, entries, what_is_wrong
from cctl.commands.daemon import arguments_of
from cctl.failure import NOT_WELL, OK, Failure
from cctl.screen import BAD, GOOD, IDLE, Mark

if TYPE_CHECKING:
    from cctl.main import Context

SETTINGS = ("HOST", "PORT", "CONFIG_DIR", "CONFIG_FILE", "LOG_DIR", "DATABASE_URL", "API_TOKEN")


def act(context: Context) -> int:
    try:
        return {"on": _on, "off": _off, "status": _status}[context.given.action](context)
    except OSError as error:
        raise Failure(NOT_WELL, f"{error.filename or 'The entry'} cannot be changed: {error.strerror}.") from error


def _on(context: Context) -> int:
    settings = context.settings
    if "data_dir" in settings.environ and "data_dir" not in settings.given:
        settings.given["data_dir"] = os.path.join(settings.root, os.path.expanduser(settings.environ["data_dir"]))
    start = Start(
        command=daemon.command(settings, arguments_of(context.given)),
        folder=settings.root,
        path=os.environ.get("PATH", os.defpath),
        said=os.path.join(settings.data_dir, daemon.SAID),
    )
    if any(ord(letter) < 32 for word in (*start.command, start.folder, start.path) for letter in word):
        raise Failure(NOT_WELL, "A path here holds a control character, which no entry can hold. Rename that folder.")
    entry, *others = entries(settings)
    entry.on(start)
    for other in others:
        other.off()
    _tell(context, GOOD, f"Control Center starts when you log in ({entry.kind}: {entry.place}).", entry.place)
    only_here = [name for name in SETTINGS if name.lower() in settings.environ]
    if only_here:
        context.screen.note(
            f"cctl: {', '.join(only_here)} is set in this terminal, which a login does not know. Put it into "
            f"{os.path.join(settings.root, '.env')}."
        )
    return OK


def _off(context: Context) -> int:
    gone = [entry.place for entry in entries(context.settings) if entry.off()]
    words = f"Removed {', '.join(gone)}." if gone else "It was not on."
    _tell(context, IDLE, f"Control Center does not start when you log in. {words}", None)
    return OK


def _status(context: Context) -> int:
    for entry in entries(context.settings):
        if (found := entry.found()) is None:
            continue
        wrong = what_is_wrong(found, context.settings)
        if wrong:
            words = f"Autostart is on, but {wrong} ({entry.kind}: {entry.place}). `cctl autostart on` corrects it."
            _tell(context, BAD, words, entry.place, wrong)
            return NOT_WELL
        _tell(context, GOOD, f"Control Center starts when you log in ({entry.kind}: {entry.place}).", entry.place)
        return OK
    _tell(context, IDLE, "Control Center does not start when you log in. `cctl autostart on` changes that.", None)
    return OK


def _tell(context: Context, mark: Mark, words: str, place: str | None, wrong: str = "") -> None:
    screen = context.screen
    if screen.as_json:
        screen.json({"on": place is not None, "place": place, "wrong": wrong or None})
    else:
        screen.line(f"{screen.mark(mark)} {words}")
