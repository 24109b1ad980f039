"""The WebSocket client, against a server of the usual kind."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from cctl.failure import NOT_RUNNING, TOKEN, Failure
from cctl.live import Ended, Socket
from cctl.wire import Api


def talk(connection: ServerConnection) -> None:
    for line in connection:
        what, times = json.loads(line)["say"], json.loads(line).get("times", 1)
        if what == "in pieces":
            connection.send(iter(['{"te', 'xt": "a b', ' c"}']))
        elif what == "ping":
            assert connection.ping().wait(5)
            connection.send('{"text": "was answered"}')
        elif what == "bye":
            return
        else:
            connection.send(json.dumps({"text": what * times}, ensure_ascii=False))


def refuse(connection: ServerConnection, request: Request) -> Response | None:
    return connection.respond(403, "no") if request.path == "/refused" else None


@pytest.fixture
def api() -> Iterator[Api]:
    server: Server
    with serve(talk, "127.0.0.1", 0, compression=None, process_request=refuse) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Api(f"http://127.0.0.1:{server.socket.getsockname()[1]}", "")
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("length", [0, 5, 125, 126, 70_000, 500_000])
def test_messages_of_every_length_come_whole(api: Api, length: int) -> None:
    with Socket(api, "/") as socket:
        socket.send({"say": "ü", "times": length})
        assert next(socket.messages()) == {"text": "ü" * length}


def test_pieces_are_put_together_pings_answered_and_the_end_is_told(api: Api) -> None:
    with Socket(api, "/") as socket:
        messages = socket.messages()
        for what in ("in pieces", "ping", "bye"):
            socket.send({"say": what})
        assert next(messages) == {"text": "a b c"}
        assert next(messages) == {"text": "was answered"}
        with pytest.raises(Ended):
            next(messages)


def test_waiting_ends_at_its_time_and_loses_nothing(api: Api) -> None:
    with Socket(api, "/") as socket:
        assert next(socket.messages(until=time.monotonic() + 0.1), None) is None
        socket.send({"say": "later"})
        assert next(socket.messages()) == {"text": "later"}


def test_nobody_there_and_a_refusal_are_failures(api: Api) -> None:
    with pytest.raises(Failure) as nobody:
        Socket(Api("http://127.0.0.1:1", ""), "/")
    assert nobody.value.code == NOT_RUNNING
    with pytest.raises(Failure) as refused:
        Socket(api, "/refused")
    assert refused.value.code == TOKEN
