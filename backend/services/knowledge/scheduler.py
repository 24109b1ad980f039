"""The Knowledge Base Scheduler: a service of its own, which has fetched what creators have made when that is due.

    python -I scheduler.py [--interval 15]

Every `interval` seconds it asks the control center to fetch from whoever is due, and tells here what becomes of it.
Who is due, and when, is the control center's to know: a scheduler that was off has missed nothing. Standard library
only.

CONTROL_CENTER_URL says where the control center is (it tells its services), API_TOKEN is sent where there is one.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

SECONDS = 60.0  # that an answer may take
SHOWN = 100  # jobs that are looked through for those that go on


class Center:
    """The control center, as its API has it."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine, never a proxy

    def ask(self, method: str, path: str) -> dict[str, Any]:
        """Raises `OSError` or `HTTPException` where it does not answer, or not to its end, and `Refused`."""
        request = urllib.request.Request(f"{self._url}{path}", method=method, headers=self._headers)  # noqa: S310  # ours
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise Refused(_reason(error)) from error


class Refused(Exception):
    """Why the control center does not do it."""


class Scheduler:
    def __init__(self, center: Center) -> None:
        self._center = center
        self._going: set[str] = set()
        self._said = ""

    def step(self) -> None:
        """Once: has fetched what is due, and tells what has ended."""
        try:
            for run in self._center.ask("POST", "/api/knowledge/scan?due=true")["runs"]:
                self._going.add(run)
                say(f"INFO: {run} has been asked for")
            self._tell_ended()
        except Refused as refused:
            self._say_once(f"ERROR: {refused}")
        except (OSError, http.client.HTTPException) as error:
            self._say_once(f"WARNING: the control center does not answer: {error}")
        else:
            self._said = ""

    def _tell_ended(self) -> None:
        if not self._going:
            return
        for job in self._center.ask("GET", f"/api/knowledge/jobs?limit={SHOWN}")["jobs"]:
            if job["run_id"] in self._going and job["videos_processed"] is not None:
                self._going.discard(job["run_id"])
                level = "INFO" if job["status"] == "completed" else "ERROR"
                counts = f"{job['videos_processed']} videos, {job['insights_extracted']} insights"
                say(f"{level}: {job['creator_id']} {job['status']}: {counts} ({job['run_id']})")

    def _say_once(self, what: str) -> None:
        if what != self._said:
            self._said = what
            say(what)


def say(what: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {what}", flush=True)  # noqa: T201  # its log


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, OSError):
        return f"{error.code} {error.reason}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--interval", type=float, default=15.0, help="seconds between two looks")
    interval = max(1.0, parser.parse_args().interval)
    url = os.environ.get("CONTROL_CENTER_URL", "http://127.0.0.1:8080")
    scheduler = Scheduler(Center(url, os.environ.get("API_TOKEN")))
    say(f"INFO: looking every {interval:g} s at {url}")
    while True:
        scheduler.step()
        time.sleep(interval)


if __name__ == "__main__":
    main()
