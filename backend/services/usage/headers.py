"""Which headers go on to the other side of the meter, and which are about one connection only (RFC 9110, 7.6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Header = tuple[bytes, bytes]

_HOP_BY_HOP = {
    *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
    *(b"te", b"trailer", b"transfer-encoding", b"upgrade"),
}
_FRAMING = {b"content-length"}  # whoever may take it away makes of a body the next request
_BODILESS = {204, 304}
_READABLE = {b"gzip", b"x-gzip", b"deflate", b"identity"}


def request_headers(given: Iterable[Header], host: bytes, *, length: int | None, ours: bytes | None) -> list[Header]:
    """For the provider: with its name as the host, and framed for the connection to it. `length` is that of a body that
    was rewritten; `ours` a token of this daemon, which nobody else gets to see."""
    headers = list(given)
    dropped = _HOP_BY_HOP | (_named(headers) - _FRAMING) | {b"host", b"expect", b"x-api-token"}
    chunked = any(name == b"transfer-encoding" for name, _ in headers)
    if length is not None:
        dropped.add(b"content-length")
    kept = [(b"host", host), *_passing(headers, dropped, ours)]
    if length is not None:
        kept.append((b"content-length", str(length).encode("ascii")))
    elif chunked:
        kept.append((b"transfer-encoding", b"chunked"))
    return kept


def _passing(headers: Iterable[Header], dropped: set[bytes], ours: bytes | None) -> Iterator[Header]:
    for name, value in headers:
        lower = name.lower()
        if lower in dropped or (ours is not None and ours in value):
            continue
        if lower == b"accept-encoding":
            value = _readable(value)  # noqa: PLW2901
        yield name, value


def response_headers(status: int, given: Iterable[Header]) -> list[Header]:
    """For the client. The date is the server's own to give; what has no body tells no length of one."""
    headers = list(given)
    dropped = _HOP_BY_HOP | _named(headers) | {b"date"} | (_FRAMING if status in _BODILESS else set())
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def value_of(headers: Iterable[Header], wanted: bytes) -> str:
    """Empty where there is none."""
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), "")


def _named(headers: Iterable[Header]) -> set[bytes]:
    """Those that `Connection` declares to be about the connection."""
    return {
        part.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for part in value.split(b",")
        if part.strip()
    }


def _readable(accepted: bytes) -> bytes:
    """Without the encodings that could not be unpacked to see what was used; never empty, which would mean any."""
    kept = [part for part in accepted.split(b",") if part.partition(b";")[0].strip().lower() in _READABLE]
    return b",".join(kept).strip() or b"identity"
