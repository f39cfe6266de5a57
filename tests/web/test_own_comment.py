"""What an author can do with their comment from the receipt's page, without JavaScript."""

from lxml import html

from tests.web.house import House


def test_the_page_of_a_fresh_comment_offers_to_edit_it_and_to_take_it_back(house: House) -> None:
    identifier = house.comment("Premier jet.", at=house.now())

    page = html.fromstring(house.client.get(house.receipt(identifier)).text)

    actions = {form.get("action", "").rsplit("/", 1)[1]: form.get("method") for form in page.iter("form")}
    assert actions == {"text": "post", "withdrawal": "post"}
    assert page.xpath("//textarea[@name='body']")[0].text.strip() == "Premier jet."


def test_an_edit_from_the_page_is_judged_again(house: House) -> None:
    identifier = house.comment("Premier jet.", at=house.now())

    answer = house.client.post(f"{house.receipt(identifier)}/text", data={"body": "Second jet."})

    assert (answer.status_code, answer.headers["Location"]) == (303, house.receipt(identifier))
    page = house.client.get(answer.headers["Location"]).text
    assert "Second jet." in page
    assert "En cours de vérification" in page


def test_an_edit_that_cannot_be_accepted_comes_back_with_its_text(house: House) -> None:
    identifier = house.comment("Premier jet.", at=house.now())

    answer = house.client.post(f"{house.receipt(identifier)}/text", data={"body": "mot\x00 caché"})

    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    [area] = page.xpath("//textarea[@name='body']")
    assert area.get("aria-invalid") == "true"
    assert page.get_element_by_id(area.get("aria-describedby")).text_content().strip()
    assert page.xpath("//details[@open]")


def test_an_edit_that_comes_too_late_is_told_and_its_text_kept(house: House) -> None:
    identifier = house.comment("Premier jet.")

    answer = house.client.post(f"{house.receipt(identifier)}/text", data={"body": "Trop tard pour ceci."})

    assert answer.status_code == 409
    assert "Trop tard pour ceci." in answer.text
    assert "15 minutes" in answer.text


def test_the_page_of_an_old_comment_offers_only_to_take_it_back(house: House) -> None:
    page = html.fromstring(house.client.get(house.receipt(house.comment())).text)

    assert [form.get("action", "").rsplit("/", 1)[1] for form in page.iter("form")] == ["withdrawal"]


def test_a_comment_is_taken_back_from_the_page(house: House) -> None:
    identifier = house.comment("À oublier.")

    answer = house.client.post(f"{house.receipt(identifier)}/withdrawal")

    assert answer.status_code == 303
    page = html.fromstring(house.client.get(answer.headers["Location"]).text)
    assert "À oublier." not in page.text_content()
    assert not list(page.iter("form"))


def test_another_sites_page_cannot_take_a_comment_back(house: House) -> None:
    identifier = house.comment("Je reste.")

    answer = house.client.post(
        f"{house.receipt(identifier)}/withdrawal", headers={"Origin": "https://elsewhere.example"}
    )

    assert answer.status_code == 403
    assert "Je reste." in house.client.get(house.receipt(identifier)).text


def test_looking_never_takes_anything_back(house: House) -> None:
    """Mail scanners follow links: what acts is a POST."""
    identifier = house.comment()

    for action in ("text", "withdrawal"):
        assert house.client.get(f"{house.receipt(identifier)}/{action}").status_code == 405


def test_while_the_page_watches_nothing_can_be_typed_that_it_would_lose(house: House) -> None:
    """A page that is fetched anew every two seconds has links to a still one, with the form open."""
    address = house.receipt(house.comment("Premier jet.", status="pending", at=house.now()))

    watching = house.page(address)
    assert watching.xpath("//meta[@http-equiv='refresh']")
    assert not watching.forms
    for act, form in (("edit", "text"), ("withdraw", "withdrawal")):
        [link] = watching.xpath(f"//a[contains(@href, 'act={act}')]/@href")
        still = house.page(link)
        assert not still.xpath("//meta[@http-equiv='refresh']")
        assert [each.get("action") for each in still.xpath("//details[@open]//form")] == [f"{address}/{form}"]
        assert "plus de temps que d’habitude" not in still.text_content()


def test_after_a_refused_edit_the_page_can_still_be_refreshed(house: House) -> None:
    address = house.receipt(house.comment("Premier jet.", status="pending", at=house.now()))

    page = html.fromstring(house.client.post(f"{address}/text", data={"body": " "}).text)

    assert address in page.xpath("//a[@class='button']/@href")
