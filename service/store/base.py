"""What all tables share: the declarative base, the column types, and the database's own clock."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import uuid_utils
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time. `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite (which would lose the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time can't be stored: whose clock was it?")
        moment = value.astimezone(UTC)  # one that UTC has no year for ends here, before it is stored and can't be read
        return (moment - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = _EPOCH + value * _MICROSECOND if dialect.name == "sqlite" else value.astimezone(UTC)
        return moment


class Email:
    """An e-mail address that doesn't show itself: only `reveal()` gives it, and that is easy to search for."""

    __slots__ = ("_address",)

    def __init__(self, address: str) -> None:
        self._address = address

    def __repr__(self) -> str:
        return "Email(hidden)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Email) and other._address == self._address

    def __hash__(self) -> int:
        return hash(self._address)

    def reveal(self) -> str:
        return self._address


class EmailColumn(TypeDecorator[Email]):
    """The one column type behind which every e-mail address lies, so that encrypting them is one change."""

    impl = String(254)
    cache_ok = True

    def process_bind_param(self, value: Email | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - a fixed shape
        return value.reveal() if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Email | None:  # noqa: ARG002 - likewise
        return Email(value) if value is not None else None


Id: Final = Uuid(as_uuid=False)
Json: Final = JSON().with_variant(JSONB(), "postgresql")
Score: Final = Float(53)


class Base(DeclarativeBase):
    """All tables. Constraint names are fixed so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table(model: type[Base]) -> Table:
    """The table behind a class. Statements on it are built and compiled faster than those on the class."""
    return cast("Table", model.__table__)


def new_id() -> str:
    """A fresh UUIDv7: unique everywhere, and in the order of time."""
    return str(uuid_utils.uuid7())


class database_time(FunctionElement[datetime]):  # noqa: N801 - reads as SQL does
    """The database's clock, `plus` seconds: what leases go by, whatever the workers' clocks say."""

    type = UtcTime()
    inherit_cache = True

    def __init__(self, plus: float | ColumnElement[float] = 0) -> None:
        from sqlalchemy import literal

        super().__init__(plus if isinstance(plus, ColumnElement) else literal(plus, Float()))


def is_free(until: Any, longest: float | ColumnElement[float]) -> ColumnElement[bool]:
    """Whether a lease is over, or was never given: `until` is its column, `longest` the most seconds it is given for.

    One that ends later than anybody can have meant was given before the database's clock was set back: nobody waits
    for it.
    """
    return or_(until.is_(None), until < database_time(), until > database_time(longest * 2))


class earlier(FunctionElement[datetime]):  # noqa: N801 - likewise
    """A stored time less a fixed span."""

    type = UtcTime()
    inherit_cache = True

    def __init__(self, moment: ColumnElement[datetime], span: timedelta) -> None:
        from sqlalchemy import literal

        super().__init__(moment, literal(span / _MICROSECOND, Float()))


class day_of(FunctionElement[int]):  # noqa: N801 - likewise
    """The UTC day of a stored time: how many have gone by since 1970."""

    type = Integer()
    inherit_cache = True


@compiles(day_of, "postgresql")
def _postgresql_day(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **kw)}) / 86400) AS integer)"


@compiles(day_of, "sqlite")
def _sqlite_day(element: day_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} / 86400000000)"


@compiles(earlier, "postgresql")
def _postgresql_earlier(element: earlier, compiler: SQLCompiler, **kw: Any) -> str:
    moment, microseconds = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({moment} - {microseconds} * interval '1 microsecond')"


@compiles(earlier, "sqlite")
def _sqlite_earlier(element: earlier, compiler: SQLCompiler, **kw: Any) -> str:
    moment, microseconds = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({moment} - {microseconds})"


@compiles(database_time, "postgresql")
def _postgresql_time(element: database_time, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


@compiles(database_time, "sqlite")
def _sqlite_time(element: database_time, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"CAST(((julianday('now') - 2440587.5) * 86400.0 + {seconds}) * 1000000 AS INTEGER)"
