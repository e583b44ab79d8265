"""uvicorn's HTTP protocol with two differences, for errors and for upgrades.

Data that is no HTTP gets a JSON reply, as every other error does. A request that offers another protocol is answered in
HTTP/1.1: Java's own client offers HTTP/2 with each request (`Upgrade: h2c`), and the parser then stops and ignores the
body.
"""

from __future__ import annotations

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_NO_HTTP = b'{"error":"bad request","reason":"this is no HTTP request"}'
_REFUSAL = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
    % (len(_NO_HTTP), _NO_HTTP)
)
_OFFERS = (b"connection", b"upgrade", b"http2-settings")


class Protocol(HttpToolsProtocol):
    """One connection."""

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and starts over without the offer of an upgrade."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._go_on(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        """Starts the request, unless it offers an upgrade."""
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Passes the body on, unless the request offers an upgrade."""
        if not self.parser.should_upgrade():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Ends the request, unless it offers an upgrade."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Replies in JSON to data that is no HTTP request, and closes the connection."""
        self.transport.write(_REFUSAL)
        self.transport.close()

    def _go_on(self, rest: bytes) -> None:
        """Parses the same request head again, without the offer, and then the rest."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.send_400_response("")
            return
        kept = [b"%b: %b\r\n" % (name, value) for name, value in self.headers if name not in _OFFERS]
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (method, self.url, b"".join(kept))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(head + rest)
