"""The holder of a connection's end is found among given processes, and nobody else is taken for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backend.services.ports import holder
from backend.services.ports.connections import _by_psutil

CHILD = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as mine:
    print(mine.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@contextmanager
def connected(host: str) -> Iterator[tuple[subprocess.Popen[str], tuple[str, int], tuple[str, int]]]:
    """A process that is connected to us, its end and ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, host, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            with server.accept()[0]:
                assert child.stdout is not None
                yield child, (host, int(child.stdout.readline())), (host, port)
        finally:
            child.communicate()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("look", [holder, _by_psutil])
def test_the_process_at_the_other_end_is_found(host: str, look: object) -> None:
    assert callable(look)
    with connected(host) as (child, client, server):
        assert look(client, server, [os.getpid(), child.pid]) == child.pid
        assert look(client, server, [os.getpid()]) is None
        assert look(server, client, [os.getpid(), child.pid]) == os.getpid()
    assert look(client, server, [os.getpid(), child.pid]) is None


def test_a_listener_is_not_taken_for_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert holder(server.getsockname(), ("127.0.0.1", 9), [os.getpid()]) is None
