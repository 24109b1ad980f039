"""`cctl up`, `down`, `restart`: wishes to the daemon, side by side, and in order where one service needs another."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cctl.failure import NOT_WELL, OK, Failure
from cctl.live import Ended, Socket
from cctl.screen import BAD, CHANGING, GOOD, Screen
from cctl.services import Service, chosen, is_up, listed, needs
from cctl.wire import Api

if TYPE_CHECKING:
    from cctl.main import Context

SIDE_BY_SIDE = 32
LOOK_UP = 0.2  # seconds: Windows tells a blocked program of Ctrl+C only when it looks up
WISHES = {"up": "start", "down": "stop", "restart": "restart"}
FINE = {"start": "already_running", "stop": "not_running"}
"""Refusals that say that the wish is true already."""

Result = dict[str, Any]
"""`{"id", "ok", "status", "pid", "reason", "message", "error_code"}`, what `--json` shows for each service."""


def act(context: Context) -> int:
    given, api = context.given, context.api()
    wish = WISHES[given.command]
    wanted = chosen(listed(api), given.services, given.tags, given.every)
    if wish != "start" and not given.services:
        wanted = [service for service in wanted if is_up(service)]
    deadline = time.monotonic() + given.timeout
    waits = getattr(given, "wait", None)
    results: dict[str, Result] = {}
    for result in _in_order(wanted, _before(wish, wanted), lambda service: _ask(api, wish, service, deadline)):
        results[result["id"]] = result
        if not waits or not result["ok"]:
            _show(result, context.screen)
    if waits:
        for result in _wait(api, waits, [one for one in results.values() if one["ok"]], deadline):
            results[result["id"]] = result
            _show(result, context.screen)
    ordered = [results[service["id"]] for service in wanted]
    if context.screen.as_json:
        context.screen.json({"results": ordered})
    elif not wanted:
        context.screen.line("Nothing to do: none of these is up." if wish != "start" else "No services yet.")
    return OK if all(result["ok"] for result in ordered) else NOT_WELL


def _before(wish: str, wanted: Sequence[Service]) -> dict[str, set[str]]:
    """What is to be done before each: stops begin with what depends on others, restarts with what others need."""
    ids = {service["id"] for service in wanted}
    if wish == "restart":
        return {service["id"]: needs(service) & ids for service in wanted}
    if wish == "stop":
        return {one["id"]: {other["id"] for other in wanted if one["id"] in needs(other)} for one in wanted}
    return {}


def _in_order(wanted: Sequence[Service], before: dict[str, set[str]], do: Callable[[Service], Result]) -> Any:
    """Results as they come. Threads that nobody waits for: Ctrl+C ends the command at once, not the wish."""
    done = {service["id"]: threading.Event() for service in wanted}
    room = threading.Semaphore(SIDE_BY_SIDE)
    results: queue.Queue[Result | BaseException] = queue.Queue()

    def one(service: Service) -> None:
        for other in before.get(service["id"], ()):
            done[other].wait()
        with room:
            try:
                results.put(do(service))
            except BaseException as error:
                results.put(error)
            finally:
                done[service["id"]].set()

    for service in wanted:
        threading.Thread(target=one, args=(service,), daemon=True).start()
    left = len(wanted)
    while left:
        try:
            result = results.get(timeout=LOOK_UP)
        except queue.Empty:
            continue
        if isinstance(result, BaseException):
            raise result
        left -= 1
        yield result


def _ask(api: Api, wish: str, service: Service, deadline: float) -> Result:
    seconds = min(600.0, max(1.0, deadline - time.monotonic()))
    name = service["id"]
    try:
        answer = api.ask("POST", f"/api/services/{name}/{wish}", seconds=seconds + 15, timeout=seconds)
    except Failure as failure:
        if failure.problem is None:
            raise
        return _refused(wish, service, failure.problem)
    unfinished = wish == "stop" and answer["status"] == "stopping"
    return {**answer, "ok": answer["status"] not in {"failed", "backoff"} and not unfinished, "error_code": None}


def _refused(wish: str, service: Service, problem: dict[str, Any]) -> Result:
    code = problem.get("error_code")
    return {
        "id": service["id"],
        "status": service["status"],
        "pid": problem.get("pid"),
        "reason": service["reason"],
        "message": str(problem["detail"]),
        "ok": code == FINE.get(wish),
        "error_code": code,
    }


def _wait(api: Api, goal: str, results: Sequence[Result], deadline: float) -> Any:
    """Each result again when its service got to `goal`, cannot get there any more, or the time is up."""
    waiting = {result["id"]: result for result in results}
    if not waiting:
        return
    latest: dict[str, Service] = {}
    with Socket(api, "/api/services/ws") as socket:
        messages = socket.messages(until=deadline)
        while waiting and time.monotonic() < deadline:
            try:
                message = next(messages, None)
            except Ended:
                break
            latest = {service["id"]: service for service in (message or {"services": ()})["services"]} or latest
            for name in [name for name in waiting if _is_decided(latest.get(name), goal)]:
                yield _outcome(waiting.pop(name), latest.get(name), goal)
    for name, result in waiting.items():
        yield _outcome(result, latest.get(name), goal)


def _is_decided(service: Service | None, goal: str) -> bool:
    return service is None or _is_there(service, goal) or service["status"] in {"failed", "exited", "stopped"}


def _is_there(service: Service | None, goal: str) -> bool:
    """A service without any check is as healthy as it gets when it runs."""
    if service is None or service["status"] != "running":
        return False
    return goal == "running" or service["health"] in {"healthy", "none"}


def _outcome(result: Result, service: Service | None, goal: str) -> Result:
    if service is None:
        return {**result, "ok": False, "message": f"{result['id']} is no longer declared."}
    told = {**result, "status": service["status"], "pid": service["pid"], "reason": service["reason"]}
    if _is_there(service, goal):
        word = "healthy" if service["health"] == "healthy" else "running"
        return {**told, "ok": True, "message": f"{service['name']} is {word}."}
    state = service["status"] if service["health"] == "none" else f"{service['status']}, {service['health']}"
    why = f": {service['reason']}" if service["reason"] else ""
    return {**told, "ok": False, "message": f"{service['name']} is not {goal} but {state}{why}"}


def _show(result: Result, screen: Screen) -> None:
    if screen.as_json:
        return
    waits = result["status"] in {"waiting", "starting"} and result["error_code"] is None
    mark = BAD if not result["ok"] else CHANGING if waits and result["status"] == "waiting" else GOOD
    if result["ok"]:
        screen.line(f"{screen.mark(mark)} {result['message']}")
        screen.flush()
    else:
        screen.note(f"{screen.mark(mark)} {result['id']}: {result['message']}")
