"""The demo service: tells the time in its log, and shows it on a page. Standard library only.

python examples/clock.py [--port 8099] [--every 5]
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType

log = logging.getLogger("clock")

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<title>Demo clock</title>
<body style="font: 12vw system-ui; display: grid; place-items: center; height: 90vh">{now}</body></html>
"""


class ClockPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGE.format(now=time.strftime("%H:%M:%S")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        log.info("%s asked: %s", self.client_address[0], format % args)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--every", type=float, default=5.0, metavar="SECONDS")
    options = parser.parse_args()
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    leaving = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        leaving.set()

    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", options.port), ClockPage)
    except OSError as error:
        log.error("port %s cannot be opened: %s", options.port, error.strerror)
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    log.info("the page is at http://127.0.0.1:%s", server.server_address[1])
    beats = 0
    while not leaving.wait(options.every):
        beats += 1
        log.info("heartbeat %s", beats)
    server.shutdown()
    log.info("stopped after %s heartbeats", beats)
    return 0


if __name__ == "__main__":
    sys.exit(main())
