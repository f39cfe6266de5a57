"""The exchange with the scorer: bounded in time as a whole, in size, in place. Whatever it does, we hear something.

Time is bounded by cancelling: a server that drips a byte a second meets each of a library's timeouts and keeps whoever
waits for ever. Redirects aren't followed, proxies are not taken from the environment, the certificate is verified.
The address is the operator's own, from a setting: no reader and no site can say where we call.
"""

import asyncio
import ssl
import time
import uuid
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import structlog

from service import meters, metrics
from service.settings import Settings
from workers.scorer.breaker import Breaker
from workers.scorer.protocols import PROTOCOLS, parsed
from workers.scorer.question import PROBE, Heard, Nonsense, Question

if TYPE_CHECKING:
    import httpx

MOST_BYTES: Final = 64 * 1024
_BUSY: Final = frozenset({429, 503})

_log = structlog.get_logger(__name__)


class _Refused(Exception):
    def __init__(self, status: int, pause: float) -> None:
        self.status, self.pause = status, pause


class Scorer:
    """One process's way to the scorer."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._protocol = PROTOCOLS[settings.scorer_protocol]
        self._clock = clock
        self.breaker = Breaker()

    def ask(self, questions: Sequence[Question]) -> list[Heard]:
        """Ask all at once. What came of each, in order; never raises, and never takes twice the deadline."""
        now = self._clock()
        if self.breaker.is_open and (self.breaker.pauses(now) or not self.probe().answer):
            return [self._count(Heard("open")) for _ in questions]
        return self._loop.run_until_complete(self._all(questions))

    def is_back(self) -> bool:
        """Whether it answers. If the latest question doesn't tell, one is asked that nobody wrote."""
        if self.breaker.well:
            return True
        return not self.breaker.pauses(self._clock()) and self.probe().answer is not None

    def probe(self) -> Heard:
        [heard] = self._loop.run_until_complete(self._all([PROBE]))
        return heard

    def close(self) -> None:
        if "_loop" in self.__dict__:
            self._loop.run_until_complete(self._close())
            self._loop.close()

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    @cached_property
    def _client(self) -> "httpx.AsyncClient":
        """Kept while the process lives: an encrypted connection takes longer to make than many a question to answer."""
        import certifi
        import httpx

        trusted = ssl.create_default_context(cafile=certifi.where())
        trusted.load_default_certs()  # a house's own authority
        key = self._settings.scorer_key
        return httpx.AsyncClient(
            verify=trusted,
            trust_env=False,
            follow_redirects=False,
            # The whole exchange has its time; a connection that is given up in its handshake must be told so by the
            # library itself, or it is left open.
            timeout=httpx.Timeout(None, connect=self._settings.scorer_seconds * 0.75),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=5),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Moderato"}
            | ({"Authorization": f"Bearer {key}"} if key else {}),
        )

    async def _close(self) -> None:
        await self._client.aclose()
        await asyncio.sleep(0)

    async def _all(self, questions: Sequence[Question]) -> list[Heard]:
        heard = await asyncio.gather(*(self._one(question) for question in questions))
        await asyncio.sleep(0)  # what was given up is closed in the loop's next turn, and this loop stands still until
        return heard  # somebody asks again

    async def _one(self, question: Question) -> Heard:
        import httpx

        request_id, start, pause = uuid.uuid4().hex, time.perf_counter(), 0.0
        heard: Heard
        try:
            async with asyncio.timeout(self._settings.scorer_seconds):
                document = await self._exchange(question, request_id)
            heard = Heard("ok", answer=self._protocol.read(parsed(document)))
        except (TimeoutError, httpx.TimeoutException):
            heard = Heard("timeout")
        except _Refused as refusal:
            heard, pause = Heard("refused", status=refusal.status), refusal.pause
        except Nonsense as why:
            heard = Heard("garbage", facts={"why": str(why)})
        except Exception as error:  # noqa: BLE001 - many kinds come through, and none may cost more than this answer
            heard = Heard("unreachable", facts={"why": type(error).__name__})
        seconds = time.perf_counter() - start
        return self._noted(heard, seconds, pause, request_id)

    async def _exchange(self, question: Question, request_id: str) -> bytes:
        """The body of the answer, whole."""
        spelled = self._protocol.spell(question, self._settings.scorer_model)
        headers = {"X-Request-ID": request_id}
        async with self._client.stream("POST", self._settings.scorer_url, json=spelled, headers=headers) as response:
            if response.status_code != 200:
                raise _Refused(response.status_code, _asked_for(response))
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise Nonsense("it is compressed, which was not asked for")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise Nonsense(f"it is longer than {MOST_BYTES} bytes")
            return bytes(body)

    def _noted(self, heard: Heard, seconds: float, pause: float, request_id: str) -> Heard:
        was_open = self.breaker.is_open
        if heard.answer is not None:
            self.breaker.succeeded(self._clock())
        else:
            self.breaker.failed(self._clock(), pause)
            _log.warning("the scorer did not answer", outcome=heard.outcome, status=heard.status or None,
                         scorer_request=request_id, **heard.facts)  # fmt: skip
        if self.breaker.is_open is not was_open:
            meters.shift(metrics.SCORER_OPEN, 1 if self.breaker.is_open else -1)
            _log.warning("the scorer is left alone for a while" if self.breaker.is_open else "the scorer is back")
        meters.observe(metrics.SCORER_SECONDS, seconds)
        return self._count(Heard(heard.outcome, round(seconds * 1000, 3), heard.answer, heard.status, heard.facts))

    def _count(self, heard: Heard) -> Heard:
        meters.count(metrics.SCORER_REQUESTS, heard.outcome)
        return heard


def _asked_for(response: Any) -> float:
    """For how many seconds it wants to be left alone; 0 if it doesn't say so, or says it in a date."""
    told = response.headers.get("Retry-After", "").strip() if response.status_code in _BUSY else ""
    return float(told) if told.isascii() and told.isdigit() and len(told) < 7 else 0.0
