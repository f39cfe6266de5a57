"""Origins, in the one spelling that is compared."""

from urllib.parse import urlsplit


def normal_origin(text: str) -> str:
    """`https://www.example.fr` of any spelling of it.

    Raises:
        ValueError: it isn't an http(s) origin: a path, a wildcard or a user name is part of it, or no host.
    """
    parts = urlsplit(text.strip())
    host = parts.hostname or ""
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not host or "*" in host or not bare:
        raise ValueError(f"{text!r} is no origin: it reads https://www.example.fr, with a port if it has one")
    return _origin(parts.scheme, host, parts.port)


def origin_of(url: str) -> str | None:
    """The origin an http(s) URL lies on; None for anything else."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return None
        return _origin(parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return None


def _origin(scheme: str, host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{host}" + (f":{port}" if port not in {None, default} else "")
