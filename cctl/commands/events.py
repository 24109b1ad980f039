"""`cctl events`: what happened, oldest first, and with `-f` what happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from cctl.commands.logs import come_back
from cctl.failure import NOT_RUNNING, OK, USAGE, Failure
from cctl.live import Ended, Socket
from cctl.screen import Screen, pairs_in_words
from cctl.wire import Api

if TYPE_CHECKING:
    from cctl.main import Context

PAGE = 1000
OF_SERVICES = ("supervisor", "incidents")  # the areas whose subjects are services
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
STYLES = {"failed": "red", "unhealthy": "red", "lost": "red", "started": "green", "healthy": "green"}

Event = dict[str, Any]


def act(context: Context) -> int:
    given, screen = context.given, context.screen
    since = None if given.since is None else _moment(given.since, datetime.now().astimezone())
    api = context.api()
    newest = api.get("/api/events", limit=1)["events"]
    past = list(_since(api, given, since)) if since else _last(api, given)
    for event in reversed(past):
        _show(event, screen)
    screen.flush()
    if given.follow:
        _follow(context, api, max([event["seq"] for event in [*newest, *past]], default=0))
    return OK


def _moment(text: str, now: datetime) -> datetime:
    """`10m` ago, `14:30` today, or a date with or without a time; local unless it says else."""
    ago = re.fullmatch(r"(\d+)([smhd])", text)
    if ago:
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        if re.fullmatch(r"\d\d:\d\d", text):
            text = f"{now:%Y-%m-%d}T{text}"
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise Failure(
            USAGE, f"--since {text} is no time. Give 10m, 2h or 3d, 14:30, 2026-05-01 or 2026-05-01T14:30."
        ) from error


def _last(api: Api, given: Any) -> list[Event]:
    if not given.lines:
        return []
    return list(islice(_pages(api, given, given.lines), given.lines))


def _since(api: Api, given: Any, since: datetime) -> Iterator[Event]:
    """Newest first."""
    for event in _pages(api, given, PAGE):
        if datetime.fromisoformat(event["at"]) < since:
            return
        yield event


def _pages(api: Api, given: Any, limit: int) -> Iterator[Event]:
    before = None
    while True:
        page = api.get(
            "/api/events",
            type=given.kind,
            area=None if given.service is None else OF_SERVICES,
            subject=given.service,
            before=before,
            limit=min(limit, PAGE),
            seconds=30,
        )
        yield from page["events"]
        before = page["next"]
        if before is None:
            return


def _follow(context: Context, api: Api, seq: int) -> None:
    """Ends by Ctrl+C only."""
    given = context.given
    while True:
        try:
            with Socket(api, f"/api/events/ws?since={seq}") as socket:
                for message in socket.messages():
                    if message["type"] != "event":
                        continue
                    event = message["event"]
                    seq = max(seq, event["seq"])
                    if _asked_for(event, given):
                        _show(event, context.screen)
                        context.screen.flush()
        except Ended:
            pass
        except Failure as failure:
            if failure.code != NOT_RUNNING:
                raise
        api = come_back(context)


def _asked_for(event: Event, given: Any) -> bool:
    """A module, or a target of notifications, can have the id of a service."""
    of_service = event["area"] in OF_SERVICES and event["subject"] == given.service
    return (given.service is None or of_service) and given.kind in {None, event["type"]}


def _show(event: Event, screen: Screen) -> None:
    if screen.as_json:
        screen.json(event, indent=None)
        return
    at = datetime.fromisoformat(event["at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    kind = screen.style(f"{event['type']:<22}", STYLES.get(event["type"].rpartition(".")[2], ""))
    details = pairs_in_words(event["payload"])
    screen.line(f"{screen.style(at, 'dim')}  {kind}  {event['subject'] or '-':<16}  {details}".rstrip())
