"""A client's connection that is broken off on purpose, because what was passed on to it broke off.

ASGI has no word for an answer that ends without its end. So the server's protocol hands the application a way to hang
up, as the extension `control_center.hang_up` of a request.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HANG_UP = "control_center.hang_up"


class HangingUp(HttpToolsProtocol):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: {"close": self.transport.close}}
