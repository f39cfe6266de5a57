"""A TCP proxy that goes bad when it is told to: it cuts connections, or lets nothing through for a while.

Between a service and its servers it is the network's part in what can go wrong. It runs as a process of its own, so
that what it forwards is not slowed down by the test that tells it what to do: `python -m tests.proxy CONTROL IN:OUT…`.
"""

import asyncio
import contextlib
import socket
import struct
import sys
import time
from collections.abc import Mapping
from typing import Self

from tests.servers import PATIENCE, Process, free_port

HOST = "127.0.0.1"
_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what closes says nothing more, not even that it closes


class Proxy:
    """Links by name, each to one server's port; a context manager. `ports` says where each link is entered."""

    def __init__(self, servers: Mapping[str, int]) -> None:
        self.ports = {name: free_port() for name in servers}
        self._control = free_port()
        links = [f"{self.ports[name]}:{server}" for name, server in servers.items()]
        self.process = Process("proxy", [sys.executable, "-m", "tests.proxy", str(self._control), *links])

    def __enter__(self) -> Self:
        self.process.start().wait_for(self._listens)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def cut(self, link: str) -> None:
        """Reset every connection that goes through a link now; new ones may be made at once."""
        self._tell(f"cut {self.ports[link]}")

    def stall(self, link: str, seconds: float) -> None:
        """Let nothing through for so long: no byte, no refusal, no end."""
        self._tell(f"stall {self.ports[link]} {seconds}")

    def _tell(self, order: str) -> None:
        with socket.create_connection((HOST, self._control), PATIENCE) as control:
            control.sendall(f"{order}\n".encode())
            if control.recv(16) != b"done\n":
                raise ChildProcessError(f"the proxy did not do it: {order}\n{self.process.output()}")

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self._control), 1):
            return True
        return False


class _Link:
    """One port that leads to one server, with all its connections."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._open: set[asyncio.StreamWriter] = set()
        self._stalled_until = 0.0

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._wait()
        try:
            there_reader, there_writer = await asyncio.open_connection(HOST, self._server)
        except OSError:
            writer.close()
            return
        ends = {writer, there_writer}
        self._open |= ends
        try:
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))
        finally:
            self._open -= ends

    def cut(self) -> None:
        for writer in self._open:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def stall(self, seconds: float) -> None:
        self._stalled_until = time.monotonic() + seconds

    async def _wait(self) -> None:
        while (left := self._stalled_until - time.monotonic()) > 0:  # noqa: ASYNC110 - a stall may be made longer
            await asyncio.sleep(left)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                await self._wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()


async def _serve(control: int, links: Mapping[int, _Link]) -> None:
    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        word, *rest = (await reader.readline()).decode().split() or [""]
        if word == "cut":
            links[int(rest[0])].cut()
        elif word == "stall":
            links[int(rest[0])].stall(float(rest[1]))
        writer.write(b"done\n")
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()

    for port, link in links.items():
        await asyncio.start_server(link.enter, HOST, port)
    async with await asyncio.start_server(obey, HOST, control) as server:
        await server.serve_forever()


def main() -> None:
    control, *links = sys.argv[1:]
    pairs = [link.split(":") for link in links]
    asyncio.run(_serve(int(control), {int(port): _Link(int(server)) for port, server in pairs}))


if __name__ == "__main__":
    main()
