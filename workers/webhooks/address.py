"""Where a webhook's host is, and whether we go there. What was checked is what is connected to: nobody asks twice."""

import asyncio
import socket
from typing import Final

from service.domain.network import is_public

SECONDS: Final = 3.0


class NotFound(Exception):
    """The name leads nowhere, or not in time."""


class Private(Exception):
    """It leads into somebody's own house."""


async def address_of(host: str, port: int, *, private: bool) -> str:
    """An address of the host. If one of several is private, none is good: the name is not to be trusted.

    Raises:
        NotFound, Private: as above; with `private` only the first.
    """
    try:
        async with asyncio.timeout(SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        raise NotFound from None
    addresses = [str(each[4][0]) for each in found]
    if not addresses:
        raise NotFound
    if not private and not all(map(is_public, addresses)):
        raise Private
    return addresses[0]
