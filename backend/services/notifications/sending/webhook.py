"""A POST of the message as JSON."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit, urlunsplit

from backend.services.notifications.sending.message import Message, Undelivered

LIMIT = 10.0  # seconds without a word of the other side
MOST_RETRY_AFTER = 6 * 3600.0  # seconds that it may ask for
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A POST that is sent elsewhere would become a GET without the message."""

    def redirect_request(self, *_: object) -> None:
        return None


def sender(url: str) -> Callable[[Message], None]:
    """What sends one message after the other to `url`; raises `Undelivered`."""
    address, headers = _without_password(url)
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if _is_here(address):
        handlers.append(urllib.request.ProxyHandler({}))
    if address.lower().startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=_trusted()))
    opener = urllib.request.build_opener(*handlers)

    def send(message: Message) -> None:
        body = json.dumps(message.document).encode()
        request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310  # http and https alone
        try:
            with opener.open(request, timeout=LIMIT):
                return
        except urllib.error.HTTPError as error:
            with error:
                raise _answered(error) from None
        except urllib.error.URLError as error:
            raise Undelivered(_why(error.reason)) from None
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(_why(error)) from None

    return send


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address, and the headers with what was in it of name and password."""
    headers = {"Content-Type": "application/json", "User-Agent": "control-center"}
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if at:
        headers["Authorization"] = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
    return urlunsplit(parts._replace(netloc=host, fragment="")), headers


def _is_here(address: str) -> bool:
    """No proxy knows this machine by these names."""
    host = urlsplit(address).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _trusted() -> ssl.SSLContext:
    """The certificates of the system, and those of certifi for a Python that finds none."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _answered(error: urllib.error.HTTPError) -> Undelivered:
    status = error.code
    words = f"it answers {status} {error.reason}".rstrip()
    if 300 <= status < 400:
        return Undelivered(f"{words}: write the address to which that leads", lasting=True)
    if status in _PASSING or status >= 500:
        return Undelivered(words, retry_after=_retry_after(error.headers.get("Retry-After", "")))
    return Undelivered(words, lasting=True)


def _retry_after(said: str) -> float | None:
    """Seconds, or a date."""
    try:
        seconds = float(said) if said.isdecimal() else (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), MOST_RETRY_AFTER)


def _why(error: object) -> str:  # noqa: PLR0911  # the table
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"no secure connection: {error.reason or error}"
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return f"no answer within {LIMIT:g} s"
        case socket.gaierror():
            return "the name of its host is not known"
        case http.client.HTTPException():
            return "what it answers is not HTTP"
        case OSError():
            return (error.strerror or str(error) or "the connection failed").lower()
        case _:
            return str(error)
