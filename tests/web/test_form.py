"""The form without JavaScript: what it asks for, what it says of mistakes, and that nobody types a text twice."""

from datetime import UTC, datetime

import pytest
from lxml import html
from sqlalchemy.exc import OperationalError

from service.domain.policy import Mode, Policy
from service.domain.site import SiteRules
from service.store import places, policies, sites
from tests.web.house import BROWSER, DEMO, GAZETTE, House, every, form_of, one, read, words

NOTE = "Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *"


def control(page: html.HtmlElement, name: str) -> html.HtmlElement:
    return one(page, f"form//*[@name='{name}']")


def label(page: html.HtmlElement, name: str) -> str:
    return words(one(page, f"label[@for='{control(page, name).get('id')}']"))


def kept_text(page: html.HtmlElement) -> str:
    """The textarea's text as a browser makes it out: without the first line break, all others alike."""
    text = control(page, "body").text or ""
    return text.removeprefix("\n").replace("\r\n", "\n").replace("\r", "\n")


def described(page: html.HtmlElement, name: str) -> str:
    """What a screen reader adds to a field."""
    return " ".join(
        words(page.get_element_by_id(each)) for each in control(page, name).get("aria-describedby", "").split()
    )


def test_the_note_says_what_becomes_of_the_address_and_what_the_star_means(house: House) -> None:
    assert one(house.page(), "*[@id='form-note']").text_content() == NOTE


def test_the_note_stands_before_the_first_field(house: House) -> None:
    form = form_of(house.page())
    marked = [each.get("id") for each in form.iter() if each.get("id")]

    assert marked.index("form-note") < marked.index("form-body")


@pytest.mark.parametrize(
    ("name", "shown"), [("body", "Commentaire *"), ("name", "Nom *"), ("email", "Adresse e-mail *")]
)
def test_a_required_field_is_marked_for_the_eye_and_for_the_browser(house: House, name: str, shown: str) -> None:
    page = house.page()

    assert label(page, name) == shown
    assert control(page, name).get("required") is not None


def test_the_website_is_nobodys_duty(house: House) -> None:
    page = house.page()

    assert label(page, "website") == "Site web"
    assert control(page, "website").get("required") is None


@pytest.mark.parametrize(
    ("name", "kind", "completion"),
    [("name", "text", "name"), ("email", "email", "email"), ("website", "url", "url")],
)
def test_a_browser_knows_what_to_fill_in(house: House, name: str, kind: str, completion: str) -> None:
    field = control(house.page(), name)

    assert (field.get("type"), field.get("autocomplete")) == (kind, completion)


def test_fields_come_in_the_order_in_which_one_writes(house: House) -> None:
    shown = [each.get("name") for each in every(house.page(), "form//*[@name]") if each.get("type") != "hidden"]

    assert [name for name in shown if name != "contact"] == ["body", "name", "email", "website"]


def test_the_form_is_sent_to_the_api(gazette: House) -> None:
    form = form_of(gazette.page("/sites/gazette/articles/2026/a b"))

    assert (form.method, form.action) == ("POST", "/v1/sites/gazette/articles/2026%2Fa%20b/comments")


def test_a_site_may_do_without_the_website(bare_house: House) -> None:
    bare_house.site("gazette", rules=SiteRules(website=False))

    assert not every(bare_house.page(GAZETTE), "form//*[@name='website']")


def test_a_site_may_ask_for_consent_and_a_missing_tick_is_told(bare_house: House) -> None:
    bare_house.site("gazette", rules=SiteRules(consent=True))
    assert label(bare_house.page(GAZETTE), "consent").endswith("*")

    answer = bare_house.send(GAZETTE)

    page = read(answer)
    assert answer.status_code == 422
    assert control(page, "consent").get("aria-invalid") == "true"
    assert described(page, "consent").startswith("Erreur :")
    assert bare_house.send(GAZETTE, consent="true").status_code == 303


def test_the_honeypot_is_hidden_from_people_and_from_assistive_technology(house: House) -> None:
    trap = control(house.page(), "contact")
    around = trap.getparent()

    assert around is not None
    assert around.get("aria-hidden") == "true"
    assert (trap.get("tabindex"), trap.get("autocomplete"), trap.get("required")) == ("-1", "off", None)
    assert words(one(house.page(), "label[@for='form-contact']")) == "Laissez ce champ vide"


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("body", "", "Ce champ est obligatoire."),
        ("name", "", "Ce champ est obligatoire."),
        ("email", "pas une adresse", "Cette adresse e-mail n’est pas valable."),
        ("website", "javascript:alert(1)", "Cette adresse web n’est pas valable"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_tied_to_it(house: House, name: str, typed: str, sentence: str) -> None:
    answer = house.send(**{name: typed})

    page = read(answer)
    assert answer.status_code == 422
    assert control(page, name).get("aria-invalid") == "true"
    assert f"Erreur : {sentence}" in described(page, name)
    assert [each.get("name") for each in every(page, "*[@aria-invalid]")] == [name]


def test_the_address_keeps_its_promise_in_sight_also_when_it_is_wrong(house: House) -> None:
    page = read(house.send(email="zoe@"))

    assert described(page, "email").startswith(NOTE)


def test_a_list_of_mistakes_comes_first_is_announced_and_leads_to_the_fields(house: House) -> None:
    page = read(house.send(body="", email="zoe@", name=""))

    alert = one(page, "*[@role='alert']")
    assert alert.get("autofocus") is not None
    targets = [link.get("href") for link in every(alert, "a[ancestor::*[@role='alert']]")]
    assert targets == ["#form-body", "#form-name", "#form-email"]
    assert all(page.get_element_by_id(str(target)[1:]) is not None for target in targets)
    assert words(one(page, "title")).startswith("Erreur – ")


def test_what_was_typed_is_kept(house: House) -> None:
    page = read(
        house.send(
            name='Zoé "Z" <b>', email="zoe@", website="https://zoe.example/?a=1&b=2", body="Du <b>texte</b> &amp; plus"
        )
    )

    assert control(page, "name").get("value") == 'Zoé "Z" <b>'
    assert control(page, "email").get("value") == "zoe@"
    assert control(page, "website").get("value") == "https://zoe.example/?a=1&b=2"
    assert kept_text(page) == "Du <b>texte</b> &amp; plus"


@pytest.mark.parametrize(
    "text",
    [
        "Deux lignes\r\net une troisième\r\n\r\nenfin.",
        "\r\nElle commence par une ligne vide.",
        "\n\n\nElle commence par trois.",
        "  en retrait\n\tet à la tabulation",
        "</textarea><script>alert(1)</script>",
    ],
)
def test_a_text_comes_back_to_the_letter(house: House, text: str) -> None:
    page = read(house.send(email="zoe@", body=text))

    assert kept_text(page) == text.replace("\r\n", "\n")
    assert not every(page, "body//script")


def test_a_token_that_is_still_good_stays(house: House) -> None:
    first = read(house.send(email="zoe@"))
    token = control(first, "form_token").get("value")

    again = house.client.post(
        "/v1/sites/demo/articles/tramway-de-nuit/comments", data={"form_token": token, "name": ""}
    )

    assert control(read(again), "form_token").get("value") == token


def test_a_reply_names_whom_it_answers_and_can_be_given_up(house: House) -> None:
    parent = house.comment("Qui est pour ?", name="Anaïs")

    page = house.page(f"/demo/tramway-de-nuit?reply={parent}")

    assert control(page, "parent").get("value") == parent
    assert words(one(page, "*[@id='form-title']")) == "Répondre à un commentaire"
    assert words(one(page, "form/p[@class='to']")).startswith("En réponse à Anaïs")
    assert one(page, "form//a[@class='cancel']").get("href") == "/demo/tramway-de-nuit#form"


def test_a_reply_that_comes_back_still_answers_the_same_comment(house: House) -> None:
    parent = house.comment(name="Anaïs")

    page = read(house.send(f"/demo/tramway-de-nuit?reply={parent}", email="zoe@"))

    assert control(page, "parent").get("value") == parent


@pytest.mark.parametrize("status", ["pending", "held", "rejected"])
def test_nobody_replies_to_what_is_not_published(house: House, status: str) -> None:
    secret = house.comment("Secret", name="Inconnue", status=status)

    page = house.page(f"/demo/tramway-de-nuit?reply={secret}")

    assert control(page, "parent").get("value") == ""
    assert "Inconnue" not in page.text_content()


@pytest.mark.parametrize(
    "asked", ["", "x", "%00", "00000000-0000-7000-8000-000000000000", "'%20or%201=1", "9" * 400, "z" * 36]
)
def test_nobody_replies_to_what_is_not_there(house: House, asked: str) -> None:
    assert control(house.page(f"/demo/tramway-de-nuit?reply={asked}"), "parent").get("value") == ""


def test_nobody_replies_across_articles(house: House) -> None:
    elsewhere = house.comment(place=house.place(article="autre"))

    assert control(house.page(f"/demo/tramway-de-nuit?reply={elsewhere}"), "parent").get("value") == ""


def test_nobody_replies_deeper_than_the_site_allows(bare_house: House) -> None:
    bare_house.site("gazette", rules=SiteRules(depth=1))
    place = bare_house.place("gazette", "a-1")
    parent = bare_house.comment(place=place)
    reply = bare_house.comment("Réponse", parent=parent, place=bare_house.place("gazette", "a-1"))

    page = bare_house.page(GAZETTE)

    assert [link.get("href") for link in every(page, "p[@class='act']/a[not(@class)]")] == [
        f"{GAZETTE}?reply={parent}#form"
    ]
    assert control(bare_house.page(f"{GAZETTE}?reply={reply}"), "parent").get("value") == ""


@pytest.mark.parametrize("closed", ["site", "article"])
def test_a_closed_discussion_has_a_sentence_and_no_form(gazette: House, closed: str) -> None:
    gazette.comment("Dit à temps.", place=gazette.place("gazette", "a-1"))
    close(gazette, closed)

    page = gazette.page(GAZETTE)

    assert not every(page, "form")
    assert not every(page, "p[@class='act']/a[not(@class)]")
    assert "Les commentaires de cet article sont fermés." in page.text_content()
    assert "Dit à temps." in page.text_content()


def test_who_was_writing_when_it_closed_gets_the_text_back(gazette: House) -> None:
    form = form_of(gazette.page(GAZETTE))
    close(gazette, "site")

    answer = gazette.client.post(str(form.action), data=dict(form.fields) | {"body": "Une heure\nde travail."})

    page = read(answer)
    assert answer.status_code == 403
    assert one(page, "div[@class='kept']").text == "Une heure\nde travail."
    assert one(page, "*[@role='alert']").text_content() == "Les commentaires de cet article sont fermés."


def test_a_text_that_has_mistakes_comes_back_even_if_the_comments_cannot_be_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_of(house.page())
    monkeypatch.setattr("service.store.reading.page", away)
    asked = {"headers": BROWSER | {"Accept-Language": "fr"}}

    typed = {"body": "À ne pas perdre.", "parent": house.comment()}
    answer = house.client.post(str(form.action), data=dict(form.fields) | typed, **asked)

    page = read(answer)
    assert answer.status_code == 422
    assert kept_text(page) == "À ne pas perdre."
    assert control(page, "parent").get("value") == typed["parent"]
    assert "Les commentaires ne peuvent pas être affichés pour le moment." in page.text_content()
    assert house.get(DEMO).status_code == 503


def away(*_: object, **__: object) -> None:
    """What a database answers that has gone."""
    raise OperationalError("SELECT", {}, ConnectionRefusedError())


def test_an_english_reader_is_asked_in_english(house: House) -> None:
    page = house.page(DEMO, language="en")

    assert page.get("lang") == "en"
    assert (
        one(page, "*[@id='form-note']").text
        == "Your e-mail address will not be published. Required fields are marked *"
    )
    assert label(page, "email") == "E-mail address *"


def close(house: House, what: str) -> None:
    place = house.place("gazette", "a-1")
    with house.database.write() as connection:
        if what == "site":
            policies.add_policy(connection, place.site_id, None, Policy(mode=Mode.CLOSED), datetime.now(UTC), by="test")
        else:
            sites.change_article(
                connection, places.ensure_article(connection, place, datetime.now(UTC)), {"is_open": False}
            )
