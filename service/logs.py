"""JSON logs: one event a line, with the request's id, and no e-mail address in any of them."""

import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_ADDRESS: Final = re.compile(r"[^\s@<>\"'(),:;\[\]{}|]{1,64}@[^\s@<>\"'(),:;\[\]{}|]+\.[^\s@<>\"'(),:;\[\]{}|]+")


_ROW: Final = re.compile(r"DETAIL: .*?(?=\n\[SQL|\n\nThe above|\n\nDuring|\Z)", re.DOTALL)
"""PostgreSQL adds the whole row to its complaint about one: name, text and all."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last guard: no log line tells an e-mail address or a row of the database, not even inside a traceback."""
    return {key: value if key.startswith("_") else _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, dict):
        return {key: _redacted(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(each) for each in value]
    return without_addresses(_ROW.sub("DETAIL: [left out]", value if isinstance(value, str) else repr(value)))


def without_addresses(text: str) -> str:
    """The text with every e-mail address in it left out."""
    return _ADDRESS.sub("[address]", text)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send everything, our events, the libraries' and what nobody caught, to standard error: JSON, or plain lines on a
    terminal.
    """
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    last: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value or told.exc_type(), told.exc_traceback)
    for chatty in (
        "alembic",
        "kombu",
        "amqp",
        "httpx",
        "celery.redirected",
        "celery.worker.strategy",
        "celery.app.trace",
    ):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Python would print it as it is, with all that a database or a library has put into it."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        structlog.get_logger(__name__).critical("nobody caught an error", exc_info=(kind, error, trace))


@contextmanager
def nothing_raw() -> Iterator[None]:
    """Around all that a process of `multiprocessing` does, which asks no hook: it prints what nobody caught."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it was, it ends this process
        _uncaught(type(error), error, error.__traceback__)
        sys.exit(1)
