"""Times at the ends of the calendar: what a publisher may say of an article must not shut readers out of it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from service.store.base import new_id
from service.store.sites import Article, Site
from tests.factories import ARTICLE, House

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
BEYOND = [
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=10))),
    datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-10))),
]


def add_article(house: House, published_at: datetime) -> None:
    with house.database.write() as connection:
        site_id = connection.scalar(select(Site.id))
        connection.execute(
            insert(Article).values(
                id=new_id(), site_id=site_id, key="une-9", published_at=published_at, created_at=datetime.now(UTC)
            )
        )


def test_an_article_of_the_last_year_is_as_open_as_others_where_articles_close_by_age(house: House) -> None:
    house.set_rules(close_days=36_500)
    there = ARTICLE.rpartition("/")[0] + "/une-9"
    add_article(house, LAST)

    assert house.client.get(f"{there}/comments").get_json()["form"]["open"]
    assert house.post(article=there).status_code == 202


@pytest.mark.parametrize("moment", BEYOND)
def test_a_time_that_no_year_of_utc_holds_is_not_stored(house: House, moment: datetime) -> None:
    with pytest.raises(StatementError, match="out of range"):
        add_article(house, moment)

    with house.database.read() as connection:
        assert connection.scalar(select(Article.id).where(Article.key == "une-9")) is None
