"""What Apprise can reach, which is imported here and nowhere else: it is large and takes its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.services.notifications.sending.message import Message, Undelivered

LIMIT = 20.0  # seconds
NOT_UNDERSTOOD = "Apprise does not understand this address: see https://appriseit.com/services/"
_TYPES = {"info": "info", "warning": "warning", "critical": "failure"}


def understood(url: str) -> bool:
    """Whether it is the whole address of a service that Apprise knows. Nothing is sent."""
    return _service(url) is not None


def sender(url: str) -> Callable[[Message], None]:
    """What sends one message after the other to `url`; raises `Undelivered`, and so does it."""
    service = _service(url)
    if service is None:
        raise Undelivered(NOT_UNDERSTOOD, lasting=True)

    def send(message: Message) -> None:
        try:
            result = service.notify(
                title=message.title,
                body=message.text,
                notify_type=_TYPES[message.severity],
                body_format="text",
                timeout=LIMIT,
            )
        except Exception as error:  # code of a hundred services, of which anything may come
            raise Undelivered(f"Apprise failed: {type(error).__name__}: {error}") from error
        if not result:
            said = [entry.message for entry in result.logs() if entry.level in {"WARNING", "ERROR", "CRITICAL"}]
            raise Undelivered(said[-1] if said else f"it was not taken ({result.status.name.lower()})")

    return send


def _service(url: str) -> Any:
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Control Center", app_desc="Control Center", storage_mode=apprise.PersistentStoreMode.MEMORY
    )
    service = apprise.Apprise(asset=asset)
    return service if service.add(url) else None
