"""How the databases go about the statements that must stay quick: asked of them about the statements really issued."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, event, select, text, update
from sqlalchemy.dialects import postgresql

from service.domain.acts import Act
from service.domain.comment import Status
from service.operations.fan_out import fan_out
from service.settings import Settings
from service.store import (
    audit,
    campaigns,
    deliveries,
    events,
    lists,
    moderation,
    numbers,
    places,
    queues,
    reading,
    samples,
    traces,
    truth,
)
from service.store.asked import Asked, List, Order, Place
from service.store.backlog import Backlog
from service.store.base import new_id
from service.store.campaigns import Sort
from service.store.comments import Comment
from service.store.deliveries import Delivery
from service.store.latest import latest
from service.store.moderation import Token
from service.store.session import Database
from service.store.standing import COUNT_CAP, standing
from service.store.traces import Likeness
from tests.factories import House, environment
from tests.growth import grow
from tests.servers import PostgreSQL, Redis
from workers.history import contexts
from workers.tasks import judge_batch

MANY = 20_000
PAGE = 51
BOTH_WAYS = pytest.mark.parametrize("newest_first", [False, True], ids=["oldest", "newest"])
DEEP = pytest.mark.parametrize("deep", [False, True], ids=["first", "deep"])


@pytest.fixture(scope="module")
def big(postgresql: PostgreSQL, redis: Redis) -> Iterator[House]:
    """An article with 20,000 comments on PostgreSQL, and a hundred that wait."""
    yield from _grown(postgresql.create_database("plans", template="moderato_template"), redis)
    postgresql.drop_database("plans")


@pytest.fixture(scope="module")
def small(sqlite_template: Path, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same on SQLite."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("plans") / "moderato.db")
    yield from _grown(f"sqlite:///{file}", redis)


def _grown(url: str, redis: Redis) -> Iterator[House]:
    house = House(Settings.from_env(environment(url, redis.url)))
    house.site_id = house.add_site()
    for _ in range(100):
        house.accepted()
    grow(house.database, "journal", "big", MANY)
    yield house
    house.close()


@dataclass
class Plans:
    """The plans of the statements issued within a block, as PostgreSQL tells them: every node, with what it saw."""

    nodes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, node: dict[str, Any]) -> None:
        self.nodes.append(node)
        for inner in node.get("Plans", ()):
            self.add(inner)

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def read_whole(self) -> set[str]:
        """Tables that were read from one end to the other and are not small by nature."""
        small = {"sites", "articles", "policies", "tokens"}
        return {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"} - small

    @property
    def examined(self) -> int:
        """Rows that scans of comments looked at, whether they gave them on or not."""
        return sum(
            (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)) * node.get("Actual Loops", 1)
            for node in self.nodes
            if node.get("Relation Name") == "comments" and "Scan" in node["Node Type"]
        )

    @property
    def sorted(self) -> int:
        """The most rows that one sort was given."""
        return max((node.get("Actual Rows", 0) for node in self.nodes if "Sort" in node["Node Type"]), default=0)


@contextmanager
def explained(database: Database) -> Iterator[Plans]:
    """Have every statement explained just before it is issued; those that only read, with what they really do."""
    plans = Plans()

    def explain(_connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        how = "ANALYZE, " if statement.startswith("SELECT") else ""
        with cursor.connection.cursor() as beside:
            beside.execute(
                f"EXPLAIN ({how}FORMAT JSON) {statement}", parameters[0] if isinstance(parameters, list) else parameters
            )
            plans.add(beside.fetchone()[0][0]["Plan"])

    engine = database.engine
    event.listen(engine, "before_cursor_execute", explain)
    yield plans
    event.remove(engine, "before_cursor_execute", explain)


def middle(connection: Connection) -> Row[str, str, datetime]:
    """A comment half way through the big article."""
    return connection.execute(
        select(Comment.article_id, Comment.id, Comment.created_at)
        .where(Comment.status == Status.PUBLISHED)
        .order_by(Comment.created_at)
        .offset(MANY // 2)
        .limit(1)
    ).one()


@BOTH_WAYS
@DEEP
def test_a_page_costs_a_page_however_long_the_discussion_and_wherever_in_it(
    big: House, *, newest_first: bool, deep: bool
) -> None:
    with big.database.read() as connection:
        here = middle(connection)
        after = (here.created_at, here.id) if deep else None
        with explained(big.database) as plans:
            rows = reading.page(connection, here.article_id, limit=PAGE, newest_first=newest_first, after=after)

    assert len(rows) == PAGE
    assert plans.indexes == {"ix_comments_list", "ix_comments_tombstones", "pk_authors"}
    assert not plans.read_whole
    assert plans.examined <= 2 * PAGE
    assert plans.sorted <= 2 * PAGE


@pytest.mark.parametrize("of", ["site", "article"])
def test_a_feed_costs_a_feed_however_much_there_is(big: House, of: str) -> None:
    with big.database.read() as connection:
        article = middle(connection).article_id if of == "article" else None
        with explained(big.database) as plans:
            rows = latest(connection, big.site_id, article, limit=PAGE)

    assert len(rows) == PAGE
    assert ("ix_comments_list" if article else "ix_comments_status") in plans.indexes
    assert not plans.read_whole
    assert plans.examined <= 2 * PAGE
    assert plans.sorted <= PAGE


def test_a_claim_looks_at_what_waits_and_at_nothing_else(big: House) -> None:
    with big.database.write() as connection:
        with explained(big.database) as plans:
            claimed = queues.claim(connection, limit=20, lease_seconds=30)
        connection.rollback()

    assert len(claimed) == 20
    assert "ix_comments_pending" in plans.indexes
    assert plans.indexes <= {"ix_comments_pending", "pk_comments", "pk_authors", "pk_articles", "pk_sites"}
    assert not plans.read_whole
    assert plans.examined <= 200


def test_what_waits_is_found_without_a_look_at_what_is_decided(big: House) -> None:
    with big.database.read() as connection, explained(big.database) as plans:
        assert queues.oldest_waiting(connection) is not None

    assert plans.indexes == {"ix_comments_pending"}
    assert plans.examined <= 100


def _author(connection: Connection) -> str:
    return str(connection.execute(select(Comment.author_id).where(Comment.awaiting).limit(1)).scalar_one())


LISTS = [
    (Asked(), "ix_comments_awaiting"),
    (Asked(reason="links"), "ix_comments_awaiting"),
    (Asked(check="links"), "ix_comments_awaiting"),
    (Asked(language=""), "ix_comments_awaiting"),
    (Asked(min_score=0.5, max_score=0.7), "ix_comments_awaiting"),
    (Asked(q="tram"), "ix_comments_awaiting"),
    (Asked(article="big"), "ix_comments_awaiting_article"),
    (Asked(List.REPORTED), "ix_comments_reported"),
    (Asked(List.PUBLISHED), "ix_comments_status"),
    (Asked(List.PUBLISHED, article="big"), "ix_comments_list"),
    (Asked(List.REJECTED_BY_MACHINE), "ix_comments_rejected"),
    (Asked(List.REJECTED_BY_PEOPLE), "ix_comments_rejected"),
    (Asked(List.REJECTED_BY_PEOPLE, article="big"), "ix_comments_list"),
    (Asked(status=Status.PUBLISHED), "ix_comments_status"),
    (Asked(status=Status.REJECTED), "ix_comments_status"),
]
EACH_LIST = pytest.mark.parametrize(("asked", "index"), LISTS, ids=str)
URGENT = [
    (Asked(order=Order.PRIORITY), "ix_comments_urgent"),
    (Asked(order=Order.PRIORITY, article="big", q="tram"), "ix_comments_urgent_article"),
    (Asked(List.REPORTED, order=Order.PRIORITY), "ix_comments_reported_urgent"),
    (Asked(order=Order.TEACHING), "ix_comments_teaching"),
    (Asked(order=Order.TEACHING, article="big", q="tram"), "ix_comments_teaching_article"),
    (Asked(List.REPORTED, order=Order.TEACHING), "ix_comments_reported_teaching"),
]
EACH_URGENT = pytest.mark.parametrize(("asked", "index"), URGENT, ids=str)


def ask(house: House, connection: Connection, asked: Asked, after: Place | None = None) -> lists.Page:
    return lists.page(connection, house.site_id, asked, after=after, limit=PAGE - 1, now=datetime.now(UTC))


@EACH_LIST
@BOTH_WAYS
@DEEP
def test_a_moderators_page_comes_out_of_an_index_in_its_order(
    big: House, asked: Asked, index: str, *, newest_first: bool, deep: bool
) -> None:
    with big.database.read() as connection:
        here = middle(connection)
        after = Place(here.created_at, here.id) if deep else None
        with explained(big.database) as plans:
            page = ask(big, connection, replace(asked, order=Order.NEWEST if newest_first else Order.OLDEST), after)

    assert len(page.rows) == PAGE - 1
    assert page.next is not None
    assert index in plans.indexes
    assert not plans.read_whole
    assert plans.examined <= 8 * PAGE
    assert plans.sorted <= PAGE


@EACH_URGENT
def test_the_most_urgent_come_out_of_an_index_in_their_order(big: House, asked: Asked, index: str) -> None:
    with big.database.read() as connection:
        after = ask(big, connection, asked).next
        with explained(big.database) as plans:
            page = ask(big, connection, asked, after)

    assert len(page.rows) == PAGE - 1
    assert index in plans.indexes
    assert not plans.read_whole
    assert plans.examined <= 8 * PAGE
    assert plans.sorted <= PAGE


@pytest.mark.parametrize("asked", [Asked(q="xylophone"), Asked(List.PUBLISHED, reason="threat")], ids=str)
def test_a_page_that_finds_little_stops_looking_and_says_where_to_go_on(
    big: House, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "WINDOW", 200)
    with big.database.read() as connection, explained(big.database) as plans:
        page = ask(big, connection, asked)

    assert (page.rows, page.next is not None) == ([], True)
    assert plans.examined <= 2 * 200
    assert not plans.read_whole
    assert not plans.sorted


def test_what_one_author_wrote_or_where_one_domain_is_linked_is_found_by_that(big: House) -> None:
    with big.database.read() as connection:
        author = _author(connection)
        for order in Order:
            with explained(big.database) as plans:
                assert ask(big, connection, Asked(author=author, order=order)).rows
                ask(big, connection, Asked(domain="site-7.example", order=order))
            assert {"ix_comments_author", "ix_links_domain"} <= plans.indexes
            assert not plans.read_whole
            assert plans.examined <= 200
            assert plans.sorted <= 200


SELECTIONS = [Asked(status=status) for status in Status if status is not Status.REMOVED]


def _selected(house: House, connection: Connection, **filters: Any) -> int:
    wanted = [replace(asked, **filters) for asked in SELECTIONS]
    rows, more = lists.selection(connection, house.site_id, wanted, None, limit=500, now=datetime.now(UTC))
    assert len(rows) == 500 or not more
    return len(rows)


def test_what_a_bulk_act_would_touch_is_found_by_what_it_is_selected_by(big: House) -> None:
    with big.database.read() as connection:
        author = _author(connection)
        for filters, index in (({}, "status"), ({"article": "big"}, "list"), ({"author": author}, "author")):
            with explained(big.database) as plans:
                assert _selected(big, connection, **filters)
            assert f"ix_comments_{index}" in plans.indexes
            assert not plans.read_whole
            assert plans.examined <= 5 * 501
            assert plans.sorted <= 501
        with explained(big.database) as plans:
            assert _selected(big, connection, domain="site-7.example")
        assert {"ix_links_domain", "pk_comments"} <= plans.indexes
        assert not plans.read_whole


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def know(house: House) -> None:
    """People have decided on a few of the comments, all of them samples."""
    house.token()
    now = datetime.now(UTC)
    with house.database.write() as connection:
        token = connection.execute(select(Token.id).where(Token.site_id == house.site_id).limit(1)).scalar_one()
        ids = connection.execute(select(Comment.id).where(Comment.status == Status.PUBLISHED).limit(40)).scalars().all()
        connection.execute(update(Comment).where(Comment.id.in_(ids)).values(decided=True))
        for each in ids:
            samples.add_samples(connection, [
                {"comment_id": each, "revision": 1, "site_id": house.site_id, "share": 0.5, "action": "publish",
                 "awaited": False, "score": 0.0, "chances": {}, "created_at": now},
            ])  # fmt: skip
            moderation.add_decision(connection, {
                "id": new_id(), "comment_id": each, "version": 1, "action": "publish", "before": "published",
                "reason": None, "note": "", "token_id": token, "created_at": now,
            })  # fmt: skip
            audit.add_entry(connection, audit.Entry(house.site_id, token, Act.DECIDE, each), now)


def test_what_is_known_of_the_machine_costs_as_much_as_is_known(big: House) -> None:
    know(big)
    with big.database.read() as connection:
        with explained(big.database) as plans:
            found = truth.known(connection, big.site_id, LONG_AGO)
        with explained(big.database) as everywhere:
            assert truth.known_everywhere(connection, LONG_AGO, 100).evidence.labelled
        with explained(big.database) as beside:
            truth.in_shadow(connection, big.site_id, LONG_AGO, 1, PAGE)

    assert found.evidence.audits == 40
    assert not plans.read_whole | everywhere.read_whole - {"samples", "decisions", "audit"}
    assert {"pk_comments", "uq_verdicts_comment_id_revision"} <= plans.indexes & everywhere.indexes
    assert max(plans.examined, everywhere.examined) <= COUNT_CAP + 200
    assert beside.examined <= 4 * PAGE
    assert "ix_comments_status" in beside.indexes


def test_copies_of_one_text_are_found_in_short_index_scans_also_by_the_hundred(big: House) -> None:
    with big.database.read() as connection:
        here = connection.execute(select(Likeness).order_by(Likeness.created_at).offset(MANY // 2).limit(1)).one()
        with explained(big.database) as plans:
            ids = traces.cluster(connection, big.site_id, here.comment_id, here.created_at - timedelta(days=7))
            assert ids is not None
            assert here.comment_id in ids
            lists.selection(connection, big.site_id, SELECTIONS, ids, limit=500, now=datetime.now(UTC))
    assert ALIKE | {"ix_comments_text", "pk_comments"} <= plans.indexes
    assert not plans.read_whole


def test_on_sqlite_too_a_selection_comes_out_of_indexes(small: House) -> None:
    with small.database.read() as connection:
        author = _author(connection)
        here = connection.execute(select(Likeness).limit(1)).one()
        with told(small) as lines:
            for filters in ({}, {"author": author}, {"domain": "site-7.example"}, {"article": "big"}):
                assert _selected(small, connection, **filters)
            assert traces.cluster(connection, small.site_id, here.comment_id, here.created_at)
    assert not [line for line in lines if line in {"SCAN comments", "SCAN links", "SCAN likenesses"}]


def test_comments_behind_links_are_looked_up_by_their_ids_and_no_list_is_read_for_them(big: House) -> None:
    """PostgreSQL would join the links with all that people rejected: 100 ms instead of 5 among a million comments."""
    for kind in (List.REJECTED_BY_PEOPLE, List.AWAITING, List.PUBLISHED):
        with big.database.read() as connection, explained(big.database) as plans:
            ask(big, connection, Asked(kind, domain="site-7.example"))
        mine = {name for name in plans.indexes if "comments" in name or "links" in name}
        assert mine == {"ix_links_domain", "pk_comments"}


def test_the_counts_of_the_queue_stop_counting_where_nobody_counts_on(big: House) -> None:
    with big.database.read() as connection, explained(big.database) as plans:
        counts = lists.counts(connection, big.site_id, datetime.now(UTC))

    assert counts["published"] == lists.COUNT_CAP
    assert plans.examined <= lists.COUNT_CAP * 1.3 + MANY // 4  # of the commonest kind it may take any that come
    assert not plans.sorted


def test_days_are_counted_in_an_index_and_no_comment_is_read(big: House) -> None:
    with big.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM comments"))
    since = datetime.now(UTC) - timedelta(days=30)
    with big.database.read() as connection, explained(big.database) as plans:
        found = numbers.by_day(connection, big.site_id, since)

    assert sum(each.count for each in found) > MANY * 0.9
    assert not plans.read_whole
    assert {node["Node Type"] for node in plans.nodes if node.get("Relation Name") == "comments"} == {"Index Only Scan"}
    assert not any(node.get("Heap Fetches", 0) > MANY // 10 for node in plans.nodes)


def test_on_sqlite_too_days_are_counted_in_an_index(small: House) -> None:
    since = datetime.now(UTC) - timedelta(days=30)
    with small.database.read() as connection, told(small) as lines:
        assert numbers.by_day(connection, small.site_id, since)

    looks = [line for line in lines if " comments" in line]
    assert looks
    assert all("COVERING INDEX" in line for line in looks), looks


def test_the_counts_of_twenty_articles_touch_no_comment(big: House) -> None:
    with big.database.read() as connection, explained(big.database) as plans:
        found = places.counts(connection, "journal", ["big", *(f"other-{number}" for number in range(19))])

    assert found is not None
    assert found["big"] > MANY * 0.8
    assert not plans.read_whole
    assert plans.examined == 0


def test_a_submission_finds_its_duplicate_by_its_text(big: House) -> None:
    with explained(big.app.extensions["moderato"].database) as plans:
        big.accepted()

    assert "ix_comments_text" in plans.indexes
    backlog = {"ix_comments_status"}
    assert not {index for index in plans.indexes if "comments" in index} - {"ix_comments_text"} - backlog
    assert not plans.read_whole


def test_what_is_known_around_a_batch_is_counted_in_short_index_scans(big: House) -> None:
    with big.database.write() as connection:
        claimed = queues.claim(connection, limit=20, lease_seconds=30)
        connection.rollback()
    with big.database.read() as connection, explained(big.database) as plans:
        contexts(connection, claimed, datetime.now(UTC))

    assert {"ix_comments_author", "ix_comments_text"} <= plans.indexes
    assert {"ix_bans_good", "ix_bans_author", "ix_bans_network"} <= plans.indexes
    assert not plans.read_whole
    assert plans.examined <= 20 * 4 * 50


ALIKE = {f"ix_likenesses_band_{band}" for band in "abcd"}


def _look_back(house: House) -> int:
    """Ask about a batch of near copies of one text, each with a link; how many ids were found."""
    with house.database.read() as connection:
        here = connection.execute(select(Likeness).order_by(Likeness.created_at).offset(MANY // 2).limit(1)).one()
        keys = (here.band_a, here.band_b, here.band_c, here.band_d)
        alike = dict(traces.find_alike(connection, dict.fromkeys(range(20), keys), here.created_at - timedelta(days=7)))
        links = list(traces.find_links(connection, [(house.site_id, f"site-{number}.example") for number in range(20)]))
        ids = {*alike[0], *(each for _, _, found in links for each in found)}
        assert here.comment_id in ids
        assert len(traces.fates(connection, ids)) == len(ids)
    return len(ids)


def test_near_copies_and_links_are_found_in_short_index_scans(big: House) -> None:
    with explained(big.database) as plans:
        found = _look_back(big)

    assert found >= 20
    assert ALIKE | {"ix_links_domain", "pk_comments", "uq_decisions_comment_id_version"} <= plans.indexes
    assert not plans.read_whole - {"likenesses"}  # where this test itself looks for a text
    assert plans.examined <= 20 * (4 + 1) * 20


def test_on_sqlite_too_near_copies_and_links_come_out_of_indexes(small: House) -> None:
    with told(small) as lines:
        assert _look_back(small) >= 20

    for index in (*ALIKE, "ix_links_domain"):
        assert any(index in line for line in lines), index
    assert not [line for line in lines if line in {"SCAN comments", "SCAN links", "SCAN decisions"}]


def test_a_text_that_is_gone_takes_its_traces_along_by_its_id(big: House) -> None:
    with big.database.write() as connection:
        with explained(big.database) as plans:
            traces.forget_traces(connection, [middle(connection).id])
        connection.rollback()

    assert {"pk_likenesses", "pk_links"} <= plans.indexes
    assert not plans.read_whole


def test_judging_reads_no_table_from_one_end_to_the_other(big: House) -> None:
    with explained(big.database) as plans:
        assert judge_batch(big.room) == 20

    assert not plans.read_whole


def test_plans_made_while_a_table_was_empty_do_no_harm_when_it_is_full(big_house: House) -> None:
    """Prepared statements keep theirs until somebody analyses the table: a burst on the first day comes before that."""

    def full_batches(many: int) -> None:
        for _ in range(many):
            for _ in range(20):
                big_house.accepted()
            assert judge_batch(big_house.room) == 20

    full_batches(8)
    grow(big_house.database, "journal", "big", 2000, analyze=False)
    full_batches(5)

    big_house.app.extensions["moderato"].database.engine.dispose()
    assert _read_whole(big_house) < 500


def test_statements_asked_again_and_again_still_read_no_table_whole(big: House) -> None:
    """After a few runs PostgreSQL plans a prepared statement for any parameters: for any status, any limit."""
    with big.database.read() as connection:
        here = middle(connection)
    before = _read_whole(big)

    with big.database.read() as connection:
        for _ in range(15):
            lists.counts(connection, big.site_id, datetime.now(UTC))
            places.counts(connection, "journal", ["big"])
            standing(connection, datetime.now(UTC))
            Backlog(big.settings).is_any(connection)
            Backlog(big.settings).stage(big.database, big.site_id)
            for newest_first in (False, True):
                reading.page(connection, here.article_id, limit=PAGE, newest_first=newest_first, after=None)
            for asked, _ in (*LISTS, *URGENT):
                ask(big, connection, asked)

    assert _read_whole(big) - before < 500


def test_the_counts_of_the_queue_are_planned_for_their_own_statuses_and_limit() -> None:
    """With a hundred thousand comments, the plan for any status and any limit took 25 ms instead of one."""
    statement = lists._COUNTS.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call] # SQLAlchemy's own

    assert {name.rstrip("_0123456789") for name in statement.params} == {"param", "site_id", "late"}
    assert f"LIMIT {lists.COUNT_CAP}" in str(statement)
    assert "status = 'published'" in str(statement)


def _read_whole(house: House) -> int:
    """How many rows of the big tables were read because a table was read from one end to the other."""
    house.database.engine.dispose()  # a connection tells what it did when it ends, at the latest
    time.sleep(0.5)
    with house.database.read() as connection:
        found = connection.execute(
            text("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname IN ('comments', 'verdicts', 'events')")
        )
        return sum(found.scalars())


# SQLite tells its plan in words.


@contextmanager
def told(house: House) -> Iterator[list[str]]:
    """The lines of EXPLAIN QUERY PLAN for every statement issued within the block."""
    lines: list[str] = []

    def explain(_connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "INSERT")):
            first = parameters[0] if isinstance(parameters, list) else parameters
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", first)
            lines.extend(row[3] for row in rows)

    engines = {house.database.engine, house.database._readers}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", explain)
    yield lines
    for engine in engines:
        event.remove(engine, "before_cursor_execute", explain)


def test_on_sqlite_too_what_is_known_of_the_machine_is_read_by_keys(small: House) -> None:
    know(small)
    with told(small) as lines, small.database.read() as connection:
        assert truth.known(connection, small.site_id, LONG_AGO).evidence.labelled
        assert truth.known_everywhere(connection, LONG_AGO, 100).evidence.labelled
        truth.in_shadow(connection, small.site_id, LONG_AGO, 1, PAGE)
    whole = [line for line in lines if line.startswith("SCAN") and "INDEX" not in line]
    assert not [line for line in whole if line.split()[1] in {"comments", "verdicts", "decisions", "samples", "audit"}]


@BOTH_WAYS
@DEEP
def test_on_sqlite_too_a_page_comes_out_of_its_indexes(small: House, *, newest_first: bool, deep: bool) -> None:
    with small.database.read() as connection:
        here = middle(connection)
        after = (here.created_at, here.id) if deep else None
        with told(small) as lines:
            rows = reading.page(connection, here.article_id, limit=PAGE, newest_first=newest_first, after=after)

    assert len(rows) == PAGE
    searches = [line for line in lines if "comments" in line]
    assert len(searches) == 2
    assert all(line.startswith("SEARCH comments USING INDEX") for line in searches)
    assert "ix_comments_list (article_id=? AND status=?" in searches[0]
    assert "ix_comments_tombstones (article_id=?" in searches[1]
    if deep:
        assert all("created_at" in line for line in searches)


@EACH_LIST
@BOTH_WAYS
def test_on_sqlite_too_a_moderators_page_comes_out_of_an_index_in_its_order(
    small: House, asked: Asked, index: str, *, newest_first: bool
) -> None:
    with small.database.read() as connection, told(small) as lines:
        page = ask(small, connection, replace(asked, order=Order.NEWEST if newest_first else Order.OLDEST))

    assert len(page.rows) == PAGE - 1
    assert any(f"INDEX {index} (" in line for line in lines), lines
    assert "SCAN comments" not in lines


@EACH_URGENT
def test_on_sqlite_too_the_most_urgent_come_out_of_an_index(small: House, asked: Asked, index: str) -> None:
    with small.database.read() as connection, told(small) as lines:
        page = ask(small, connection, asked)

    assert len(page.rows) == PAGE - 1
    assert any(f"INDEX {index} (" in line for line in lines), lines
    assert "SCAN comments" not in lines


def test_on_sqlite_too_the_counts_of_the_queue_come_out_of_indexes(small: House) -> None:
    with small.database.read() as connection, told(small) as lines:
        lists.counts(connection, small.site_id, datetime.now(UTC))

    looks = [line for line in lines if "comments" in line]
    assert len(looks) == len(lists._KINDS)
    assert all(line.startswith("SEARCH comments USING") for line in looks)


def test_on_sqlite_too_a_claim_looks_at_what_waits(small: House) -> None:
    with small.database.write() as connection:
        with told(small) as lines:
            claimed = queues.claim(connection, limit=20, lease_seconds=30)
        connection.rollback()

    assert len(claimed) == 20
    assert any("comments USING INDEX ix_comments_pending" in line for line in lines)
    assert not [line for line in lines if line == "SCAN comments"]


def test_on_sqlite_too_judging_reads_no_table_from_one_end_to_the_other(small: House) -> None:
    with told(small) as lines:
        assert judge_batch(small.room) == 20

    big_ones = {"comments", "authors", "verdicts", "events", "likenesses", "links"}
    assert not [
        line for line in lines if line.startswith("SCAN") and line.split()[1] in big_ones and "INDEX" not in line
    ]


def test_how_things_stand_is_told_from_what_waits_and_not_from_what_is_decided(big: House) -> None:
    with explained(big.database) as plans, big.database.read() as connection:
        found = standing(connection, datetime.now(UTC))

    assert found.pending > 0
    assert found.awaiting > 0
    assert not plans.read_whole - {"verdicts"}
    assert "ix_comments_pending" in plans.indexes
    assert [name for name in plans.indexes if "awaiting" in name or "urgent" in name]


def waiting_deliveries(house: House) -> str:
    """A channel with many deliveries, nearly all of them over."""
    made = str(house.webhook()["id"])
    with house.database.write() as connection:
        comment = connection.execute(select(Comment.id).limit(1)).scalar_one()
        row = {"site_id": house.site_id, "comment_id": comment, "type": "comment.edited", "data": {}}
        events.add_events(connection, [row] * 2_000, datetime.now(UTC))
    while fan_out(house.database, datetime.now(UTC)):
        pass
    with house.database.write() as connection:
        over = {"state": "delivered", "finished_at": datetime.now(UTC)}
        left = select(Delivery.id).order_by(Delivery.id).limit(20)
        connection.execute(update(Delivery).where(Delivery.id.not_in(left)).values(over))
    return made


def test_what_is_due_is_found_among_what_waits_and_not_among_what_is_over(big: House) -> None:
    channel, now = waiting_deliveries(big), datetime.now(UTC)
    with big.database.write() as connection:
        with explained(big.database) as plans:
            assert [row.id for row in deliveries.due_channels(connection, now)] == [channel]
            assert len(deliveries.claim(connection, [(channel, 4)], now)) == 4
            assert not events.any_untold(connection)
            events.take_untold(connection, 500)
        connection.rollback()

    assert {"ix_deliveries_due", "ix_events_untold"} <= plans.indexes
    assert not plans.read_whole - {"channels"}


def test_on_sqlite_too_what_is_due_is_found_by_its_index(small: House) -> None:
    channel, now = waiting_deliveries(small), datetime.now(UTC)
    with small.database.write() as connection:
        with told(small) as lines:
            assert len(deliveries.due_channels(connection, now)) == 1
            assert len(deliveries.claim(connection, [(channel, 4)], now)) == 4
            events.take_untold(connection, 500)
        connection.rollback()

    assert any("deliveries USING" in line and "ix_deliveries_due" in line for line in lines), lines
    assert any("events USING" in line and "ix_events_untold" in line for line in lines), lines
    assert not [line for line in lines if line in {"SCAN deliveries", "SCAN events"}]


def test_on_sqlite_too_how_things_stand_is_told_from_indexes(small: House) -> None:
    with told(small) as lines, small.database.read() as connection:
        standing(connection, datetime.now(UTC))

    looks = [line for line in lines if " comments" in line or "verdicts" in line]
    assert len(looks) == 6
    assert all("USING" in line for line in looks), looks


def test_campaigns_cost_what_is_looked_at_however_large_one_is(big: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand members: whoever joins, the count, those that wait and the list come out of indexes, capped."""
    monkeypatch.setattr(campaigns, "COUNTED", 200)
    now = datetime.now(UTC)
    with big.database.write() as connection:
        rows = connection.execute(select(Likeness.__table__).order_by(Likeness.created_at).limit(21)).all()
        cluster, loose = rows[0].comment_id, [row.comment_id for row in rows[1:]]
        connection.execute(update(Likeness).values(cluster_id=cluster))
        connection.execute(update(Likeness).where(Likeness.comment_id.in_(loose)).values(cluster_id=None))
        connection.execute(text("ANALYZE likenesses"))
        campaigns._grown(connection, cluster, rows[0], now)
        with explained(big.database) as plans:
            assert campaigns.gather(connection, 20, now) == 20
            assert campaigns.due(connection, 50) == [cluster]
            campaigns.count(connection, cluster, now)
            campaigns.announce(connection, cluster, now)
            campaigns.untold(connection, cluster, 200)
            assert campaigns.members(connection, big.site_id, cluster, waiting=True, limit=501)
            assert len(campaigns.campaigns(connection, big.site_id, Sort.WAITING, 50)) == 1
        connection.rollback()

    assert ALIKE | {"ix_likenesses_cluster"} <= plans.indexes
    assert not plans.read_whole - {"campaigns"}
    assert plans.examined <= 5 * 200
