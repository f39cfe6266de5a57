"""Origins, in the one spelling that is compared."""

import re
from typing import Final
from urllib.parse import urlsplit

_HOST: Final = re.compile(r"[a-z0-9_.:-]+")
_NO_ORIGIN: Final = "{!r} is no origin: it reads https://www.example.fr, with a port if it has one"


def normal_origin(text: str) -> str:
    """`https://www.example.fr` of any spelling of it.

    Raises:
        ValueError: it isn't an http(s) origin: a path, a wildcard or a user name is part of it, or no host.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError(_NO_ORIGIN.format(text)) from None
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or not bare:
        raise ValueError(_NO_ORIGIN.format(text))
    return _origin(parts.scheme, host, port)


def origin_of(url: str) -> str | None:
    """The origin an http(s) URL lies on; None for anything else."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return None
        return _origin(parts.scheme, _ascii(parts.hostname), parts.port)
    except ValueError:
        return None


def _ascii(host: str) -> str:
    """A host as browsers send it."""
    return host if host.isascii() else host.encode("idna").decode()


def _origin(scheme: str, host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{host}" + (f":{port}" if port not in {None, default} else "")
