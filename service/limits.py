"""How often one address may post on one site: GCRA, a token bucket, in Redis; in this process while it is away."""

import ipaddress
import math
from functools import lru_cache

import structlog
from redis import RedisError
from throttled import MemoryStore, RateLimiterType, RedisStore, Throttled, per_min
from throttled.exceptions import BaseThrottledError
from throttled.store import BaseStore

from service.breaker import Breaker
from service.settings import Settings

_log = structlog.get_logger(__name__)


class Limits:
    """Counts submissions and reports. When Redis fails each process counts for itself: less exact, never closed."""

    def __init__(self, settings: Settings, breaker: Breaker) -> None:
        self._on = settings.limits
        options = {"SOCKET_TIMEOUT": 0.3, "SOCKET_CONNECT_TIMEOUT": 0.3}
        self._shared: BaseStore = RedisStore(server=settings.redis_url, options=options)
        self._own: BaseStore = MemoryStore(options={"MAX_SIZE": 10_000})
        self._breaker = breaker
        if not self._on:
            _log.warning("rate limits are off: MODERATO_LIMITS=off is for benchmarks only")

    def wait(self, key: str, *, burst: int, per_minute: int) -> int:
        """Count one under the key. 0 if it may pass, else the seconds after which the next may."""
        if not self._on:
            return 0
        if self._breaker.allows():
            try:
                seconds = _wait(self._shared, key, burst, per_minute)
            except (RedisError, BaseThrottledError) as error:
                _log.warning("limits are counted in this process: Redis fails", why=self._breaker.failed(error))
            else:
                self._breaker.succeeded()
                return seconds
        return _wait(self._own, key, burst, per_minute)


def client_net(address: str) -> str:
    """What counts as one client: an IPv4 address, or an IPv6 /64, which one household has whole."""
    try:
        parsed = ipaddress.ip_address(_without_port(address.strip()))
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _without_port(address: str) -> str:
    """Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _, port = address.partition(":")
    return address if ":" in port else host


def _wait(store: BaseStore, key: str, burst: int, per_minute: int) -> int:
    result = _limiter(store, burst, per_minute).limit(key)
    return max(1, math.ceil(result.state.retry_after)) if result.limited else 0


@lru_cache(maxsize=256)
def _limiter(store: BaseStore, burst: int, per_minute: int) -> Throttled:
    return Throttled(
        using=RateLimiterType.GCRA.value, quota=per_min(per_minute, burst=burst), store=store, key_prefix="moderato"
    )
