"""Who calls the meter, as Windows tells it: which process owns the other end of a connection."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import psutil
import pytest

from backend.services.ports.connections import holder

assert sys.platform == "win32"

CALLS = "import socket, sys; c = socket.create_connection((sys.argv[1], int(sys.argv[2]))); c.recv(1)"
STARTS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CALLS!r}, *sys.argv[1:]])"


@pytest.mark.parametrize("program", [CALLS, STARTS])
def test_the_owner_of_the_calling_socket_is_known(program: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        tool = subprocess.Popen([sys.executable, "-c", program, host, str(port)])
        ours, client = server.accept()
        try:
            here = ours.getsockname()
            tree = [tool.pid, *(child.pid for child in psutil.Process(tool.pid).children(recursive=True))]
            assert holder(client, here, tree) == tree[-1]
            assert holder(client, here, [os.getpid()]) is None
        finally:
            ours.close()  # by which the tool ends
            tool.wait(30)
