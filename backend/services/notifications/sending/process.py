"""The process that sends: told by one line of JSON where and what, tells line by line what became of it, and is gone.

    {"means": "webhook", "url": "…", "messages": […]}    {"ready": true}
                                                         {"sent": true}
                                                         {"error": "it answers 503", "lasting": false, "retry_after": 5}
    {"check": ["tgram://…"]}                             {"understood": [true]}

What it needs is loaded when it is ready: that may take long on a busy machine, and is no fault of the target.

Addresses come by its input, for command lines can be read by everybody. After a message that could not be sent for now
it stops: the next would fare no better.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from backend.services.notifications.sending.message import Message, Undelivered

NICE = 10


def main() -> None:
    if sys.platform != "win32":  # there it is begun with less priority
        os.nice(NICE)
    sys.stdout = sys.stderr  # what libraries print is no answer
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_listen, daemon=True).start()
    if "check" in order:
        from backend.services.notifications.sending import by_apprise

        tell({"understood": [by_apprise.understood(url) for url in order["check"]]})
    else:
        send_all(order)


def send_all(order: Mapping[str, Any]) -> None:
    messages = [Message(**message) for message in order["messages"]]
    try:
        send = _sender(order["means"], order["url"])
    except Undelivered as error:
        tell({"ready": True})
        for _ in messages:
            _tell_undelivered(error)
        return
    tell({"ready": True})
    try:
        for message in messages:
            _send_one(send, message)
    except Undelivered as error:
        _tell_undelivered(error)


def _send_one(send: Callable[[Message], None], message: Message) -> None:
    """Raises `Undelivered` where the next one would fare no better."""
    try:
        send(message)
    except Undelivered as error:
        if not error.lasting:
            raise
        _tell_undelivered(error)
    else:
        tell({"sent": True})


def _sender(means: str, url: str) -> Callable[[Message], None]:
    if means == "desktop":
        from backend.services.notifications.sending import desktop

        return desktop.send
    if means == "webhook":
        from backend.services.notifications.sending import webhook

        return webhook.sender(url)
    from backend.services.notifications.sending import by_apprise

    return by_apprise.sender(url)


def _tell_undelivered(error: Undelivered) -> None:
    tell({"error": error.reason, "lasting": error.lasting, "retry_after": error.retry_after})


def tell(message: Mapping[str, Any]) -> None:
    assert sys.__stdout__ is not None
    sys.__stdout__.write(json.dumps(message) + "\n")
    sys.__stdout__.flush()


def _listen() -> None:
    """Whoever spoke to it is gone when nothing can come any more: then nothing is sent for anybody."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
