"""A mail server that accepts and discards all mail. Prints its port and runs until ended."""

import asyncio
from typing import cast

import uvloop

GREETING = b"220 127.0.0.1 ready\r\n"
REPLIES = {b"EHLO": b"250 127.0.0.1\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Sink(asyncio.Protocol):
    """As much of RFC 5321 as one client at a time needs, without pipelining."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""
        self._in_data = False
        self._transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._received += data
        ending = b"\r\n.\r\n" if self._in_data else b"\r\n"
        while ending in self._received:
            line, _, self._received = self._received.partition(ending)
            verb = b"" if self._in_data else line[:4].upper()
            self._in_data = verb == b"DATA"
            self._transport.write(REPLIES.get(verb, b"250 taken\r\n"))
            ending = b"\r\n.\r\n" if self._in_data else b"\r\n"


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
