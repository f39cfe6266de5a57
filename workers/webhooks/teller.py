"""The exchange with a webhook: to the very address that was looked at, no further, and bounded in time as a whole.

What it answers is not read: the status says all, and what a site's owner could read of it in the log would make us
their eyes in places where they have none. Redirects aren't followed, proxies aren't taken from the environment, the
certificate is verified for the host's own name.
"""

import ssl
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

from service.keys import Keys
from service.settings import Settings
from service.store import webhooks
from service.store.session import Database
from workers.told import Told
from workers.webhooks.address import NotFound, Private, address_of
from workers.webhooks.payload import payload
from workers.webhooks.signing import signed

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS: Final = 3.0
_BUSY: Final = frozenset({429, 503})


class Webhooks:
    """Tells events to webhooks."""

    def __init__(self, settings: Settings, database: Database, now: Callable[[], datetime]) -> None:
        self._private = settings.webhook_private
        self._keys = Keys(settings)
        self._database = database
        self._now = now

    async def tell(self, delivery: Any) -> Told:
        """One attempt. Never raises what a receiver could cause."""
        with self._database.read() as connection:
            endpoint = webhooks.find_endpoint(connection, delivery.target_id)
        if endpoint is None or not endpoint.active:
            return Told(ok=False, why="inactive", final=True)
        secrets = self._secrets(endpoint)
        if not secrets:
            return Told(ok=False, why="secret_lost")
        body = payload(delivery)
        headers = signed(delivery.event_id, body, secrets, self._now()) | {"Content-Type": "application/json"}
        return await self._send(urlsplit(endpoint.url), headers, body)

    def _secrets(self, endpoint: Any) -> list[str]:
        """The new one first; the one before it until its time is over."""
        sealed = [endpoint.secret]
        if endpoint.old_secret is not None and endpoint.old_until > self._now():
            sealed.append(endpoint.old_secret)
        return [secret for each in sealed if (secret := self._keys.unseal(each)) is not None]

    async def _send(self, url: SplitResult, headers: dict[str, str], body: bytes) -> Told:
        import httpx

        host = url.hostname or ""
        port = url.port or (443 if url.scheme == "https" else 80)
        if url.scheme != "https" and not self._private:
            return Told(ok=False, why="private")
        try:
            address = await address_of(host, port, private=self._private)
            async with self._client() as client, client.stream(
                "POST",
                httpx.URL(scheme=url.scheme, host=address, port=port, raw_path=_path(url)),
                headers=headers | {"Host": url.netloc},
                content=body,
                extensions={"sni_hostname": host},
            ) as answer:  # fmt: skip
                return _heard(answer)
        except NotFound:
            return Told(ok=False, why="not_found")
        except Private:
            return Told(ok=False, why="private")
        except httpx.TimeoutException:
            return Told(ok=False, why="timeout")
        except httpx.HTTPError as error:
            return Told(ok=False, why="certificate" if _is_certificate(error) else "unreachable")

    def _client(self) -> "httpx.AsyncClient":
        """One for each exchange: a connection that is kept would serve another host at the same address."""
        import httpx

        return httpx.AsyncClient(
            verify=_trusted(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            headers={"Accept-Encoding": "identity", "User-Agent": "Moderato"},
        )


@cache
def _trusted() -> ssl.SSLContext:
    import certifi

    trusted = ssl.create_default_context(cafile=certifi.where())
    trusted.load_default_certs()  # a house's own authority
    return trusted


def _path(url: SplitResult) -> bytes:
    return ((url.path or "/") + (f"?{url.query}" if url.query else "")).encode("ascii")


def _heard(answer: "httpx.Response") -> Told:
    status = answer.status_code
    if 200 <= status < 300:
        return Told(ok=True, status=status)
    return Told(ok=False, why="redirect" if 300 <= status < 400 else "refused", status=status, pause=_asked_for(answer))


def _asked_for(answer: "httpx.Response") -> float:
    """For how many seconds it wants to be left alone; 0 if it doesn't say so, or says it in a date."""
    told = answer.headers.get("Retry-After", "").strip() if answer.status_code in _BUSY else ""
    return float(told) if told.isascii() and told.isdigit() and len(told) < 7 else 0.0


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
