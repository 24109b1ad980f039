"""What goes on to the other side, and what stays on its own connection."""

from __future__ import annotations

import pytest

from backend.services.usage.headers import request_headers, response_headers, value_of

HOST = b"api.example.com"


def test_the_token_of_the_daemon_never_goes_on_to_a_provider() -> None:
    given = [
        (b"authorization", b"Bearer our-token"),
        (b"cookie", b"control_center_token=our-token"),
        (b"x-api-token", b"anything"),
        (b"x-api-key", b"their-key"),
    ]
    assert request_headers(given, HOST, length=None, ours=b"our-token") == [
        (b"host", HOST),
        (b"x-api-key", b"their-key"),
    ]


def test_a_body_that_was_rewritten_has_its_own_length_and_others_are_framed_as_they_came() -> None:
    given = [(b"content-length", b"10"), (b"content-type", b"application/json")]
    assert (b"content-length", b"12") in request_headers(given, HOST, length=12, ours=None)
    assert (b"content-length", b"10") in request_headers(given, HOST, length=None, ours=None)
    chunked = request_headers([(b"transfer-encoding", b"chunked")], HOST, length=None, ours=None)
    assert chunked == [(b"host", HOST), (b"transfer-encoding", b"chunked")]
    rewritten = request_headers([(b"transfer-encoding", b"chunked")], HOST, length=12, ours=None)
    assert rewritten == [(b"host", HOST), (b"content-length", b"12")]


@pytest.mark.parametrize(
    ("accepted", "passed"),
    [
        (b"gzip, deflate, br, zstd", b"gzip, deflate"),
        (b"br;q=1.0, gzip;q=0.8, *;q=0.1", b"gzip;q=0.8"),
        (b"br", b"identity"),
        (b"identity", b"identity"),
    ],
)
def test_only_what_can_be_unpacked_is_asked_for(accepted: bytes, passed: bytes) -> None:
    (_, (name, value)) = request_headers([(b"accept-encoding", accepted)], HOST, length=None, ours=None)
    assert (name, value) == (b"accept-encoding", passed)


def test_an_answer_keeps_what_is_about_it() -> None:
    given = [
        (b"Content-Type", b"text/event-stream"),
        (b"Content-Encoding", b"gzip"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Connection", b"keep-alive, X-Mine"),
        (b"Keep-Alive", b"timeout=5"),
        (b"X-Mine", b"1"),
        (b"Date", b"today"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
    ]
    assert response_headers(200, given) == [given[0], given[1], given[7], given[8]]
    assert value_of(given, b"content-encoding") == "gzip"
    assert value_of(given, b"etag") == ""


def test_nobody_takes_the_length_of_a_body_away_from_it() -> None:
    """What stands in the body would be a request of its own to the provider."""
    given = [(b"connection", b"Content-Length, x-mine"), (b"content-length", b"10"), (b"x-mine", b"1")]
    assert request_headers(given, HOST, length=None, ours=None) == [(b"host", HOST), (b"content-length", b"10")]


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_tells_no_length_of_one(status: int) -> None:
    assert response_headers(status, [(b"Content-Length", b"99"), (b"ETag", b"x")]) == [(b"ETag", b"x")]
