"""The desk's other pages: whoever works there, on whatever device, in either language; and what the files are."""

import hashlib
import json
import re
from dataclasses import replace
from importlib import resources
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from service.domain.acts import Act
from service.domain.reasons import SIGNAL_REASONS, DecisionReason
from service.domain.roles import Role
from service.operations import rehearse
from service.words import catalogue, languages
from tests.factories import House
from tests.web.bureau import Bureau, press, until
from tests.web.newsstand import axe
from workers.campaigns import follow
from workers.jobs import take_step

browser = pytest.mark.browser
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DEVICES: Final = [
    pytest.param({"color_scheme": "light", "locale": "fr-FR"}, id="a screen by day, in French"),
    pytest.param({"color_scheme": "dark", "locale": "en-GB"}, id="a screen by night, in English"),
    pytest.param({"color_scheme": "light", "locale": "en-GB"} | PHONE, id="a phone by day, in English"),
    pytest.param({"color_scheme": "dark", "locale": "fr-FR"} | PHONE, id="a phone by night, in French"),
]


def go(desk: Page, place: str, wait: str) -> None:
    desk.evaluate("place => { location.hash = place; }", place)
    desk.locator(wait).first.wait_for()


def furnish(bureau: Bureau) -> str:
    """Something on every page. A published comment that was decided on."""
    bureau.campaign(3)
    follow(bureau.house.room)
    first = bureau.house.published(body="La réunion commence à vingt heures.")
    comment = bureau.house.held(parent=first, website="https://zoe.example.org")
    bureau.house.decide(comment, "publish", note="Relu.")
    bureau.house.ban(comment, reason="Insultes répétées.")
    bureau.house.client.post(
        f"/v1/sites/journal/comments/{comment}/reports", json={"reason": "insult", "note": "Relisez, s’il vous plaît."}
    )
    bureau.house.client.post(
        "/v1/moderation/webhooks", json={"url": "https://programs.example/hook"}, headers=bureau.house.staff("owner")
    )
    bureau.house.taught(versions=2)
    author = bureau.house.row(comment).author_id
    for path, body in (("notes", {"text": "Se calme."}), ("hold", {"hold": True, "reason": "Querelles."})):
        method = bureau.house.client.put if path == "hold" else bureau.house.client.post
        method(f"/v1/moderation/authors/{author}/{path}", json=body, headers=bureau.house.staff())
    return comment


def know(bureau: Bureau) -> list[str]:
    """People have answered audits, and a shadow judges beside the policy. What the two see differently."""
    house, room = bureau.house, bureau.house.room
    house.set_policy(
        audit_share=0.2, blocked_words=("salsifis",), shadow={"weights": {"blocked_word": 0.05}, "hold": 0.4}
    )
    house.__dict__["room"] = replace(room, dice=lambda: 0.0)
    for at in range(8):
        one = house.published(address=f"192.0.2.{at + 10}")
        house.decide(one, "publish" if at else "reject", reason=None if at else "spam")
    house.__dict__["room"] = room
    said = ("Des salsifis au marché.", "Ma grand-mère cuisinait les salsifis au beurre.", "Salsifis : non merci.")
    apart = [house.held(body=body, address=f"192.0.2.{at + 30}") for at, body in enumerate(said)]
    for at, one in enumerate(apart):
        house.decide(one, "publish" if at else "reject", reason=None if at else "spam")
    return apart


@browser
@pytest.mark.parametrize("device", DEVICES)
def test_every_page_is_for_everybody_and_fits(bureau: Bureau, device: dict[str, Any]) -> None:
    """No fault that axe-core finds, and nothing wider than the screen, on any page and in any dialog."""
    comment = furnish(bureau)
    know(bureau)
    author = bureau.house.row(comment).author_id
    door = bureau.tab(**device)
    door.goto(f"{bureau.service}/desk/")
    assert axe(door) == []
    desk = bureau.desk(wait=".run .copies", **device)

    def look(name: str) -> None:
        desk.wait_for_timeout(50)
        assert (name, axe(desk)) == (name, [])
        assert (name, desk.evaluate("document.documentElement.scrollWidth - innerWidth")) <= (name, 0)

    look("run")
    for key, name in (("r", "reasons"), ("b", "ban"), ("?", "help"), ("t", "surroundings"), ("c", "cluster")):
        press(desk, key)
        desk.locator({"reasons": ".reasons", "cluster": ".scope"}.get(name, "dialog")).wait_for()
        desk.wait_for_load_state("networkidle")
        look(name)
        press(desk, "Escape")
    for place, wait in (
        ("#/list/awaiting", ".item"), ("#/list/reported", ".item"), (f"#/comment/{comment}", ".history"),
        (f"#/author/{author}", "blockquote"), ("#/bans", "tbody tr"), ("#/ban", "#targets"),
        ("#/campaigns", ".campaign"), ("#/policy", ".shadow .rate"), ("#/people", "tbody tr"),
        ("#/notices", ".webhook"), ("#/numbers", ".rates .band"), ("#/learning", "tbody tr"),
        ("#/audits", ".figures"), ("#/audit", "tbody tr"), ("#/x", "h1:has-text('page')"),
    ):  # fmt: skip
        go(desk, place, wait)
        look(place)
    go(desk, "#/campaigns", ".campaign")
    desk.locator(".campaign button").click()
    desk.locator(".members .excerpt").first.wait_for()
    look("a campaign")
    go(desk, "#/run", ".run .comment")
    desk.locator(".way summary").click()
    look("the way of a run")


@browser
def test_a_list_of_words_is_tried_by_a_job_seen_to_its_end_and_put_in_force(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearse, "AT_ONCE", 0)
    bureau.house.published(body="Un casino en ligne, près de chez vous.")
    desk = bureau.desk(place="#/ban", wait="#targets")
    desk.locator("#targets").fill("casino en ligne\n*\n")
    desk.locator("#reason").fill("Publicité de jeux.")
    press(desk, "Enter")
    expect(desk.locator(".trial")).to_contain_text("L’essai attend son tour")
    while take_step(bureau.house.room):
        pass

    expect(desk.locator(".trial")).to_contain_text("Aurait touché 1 commentaire")
    expect(desk.locator(".trial")).to_contain_text("1 entrée ne peut pas servir : *")
    desk.get_by_role("button", name="Mettre 1 exclusion en vigueur").click()

    expect(desk.locator("section[role=alert]")).to_contain_text("*")
    bans = bureau.house.client.get("/v1/moderation/bans", headers=bureau.house.staff()).get_json()["bans"]
    assert [(ban["kind"], ban["pattern"]) for ban in bans] == [("word", "casino en ligne")]
    go(desk, "#/bans", "tbody tr")
    desk.get_by_role("button", name="Lever").click()
    desk.locator("#lift-reason").fill("Trop large.")
    press(desk, "Enter")
    expect(desk.locator("main")).to_contain_text("Personne n’est exclu")


@browser
def test_an_owner_makes_a_token_that_is_shown_once_and_revokes_it(bureau: Bureau) -> None:
    desk = bureau.desk(place="#/people", wait="tbody tr")
    desk.get_by_role("button", name="Nouveau jeton").click()
    desk.locator("#token-name").fill("Inès")
    press(desk, "Enter")
    token = desk.locator(".secret").input_value()
    press(desk, "Escape")
    headers = {"Authorization": f"Bearer {token}"}
    assert bureau.house.client.get("/v1/moderation/queue", headers=headers).status_code == 200
    assert token not in desk.content()

    desk.locator("tr", has_text="Inès").get_by_role("button", name="Révoquer").click()
    expect(desk.locator("dialog")).to_contain_text("Le jeton de Inès n’ouvrira plus rien")
    desk.locator("dialog").get_by_role("button", name="Révoquer").click()

    expect(desk.locator("tr", has_text="Inès")).to_contain_text("révoqué")
    assert bureau.house.client.get("/v1/moderation/queue", headers=headers).status_code == 401


@browser
def test_the_newsroom_answers_once_also_when_the_first_answer_is_lost(bureau: Bureau) -> None:
    comment = bureau.house.published()
    desk = bureau.desk(place=f"#/comment/{comment}", wait=".history")
    desk.get_by_role("button", name="Répondre au nom de la rédaction").click()
    desk.locator("#reply").fill("Merci de cette précision.")
    lost = [True]

    def lose(route: Any) -> None:
        if lost:
            lost.clear()
            route.fetch()
            route.abort()
        else:
            route.continue_()

    desk.route("**/replies", lose)
    send = desk.get_by_role("button", name="Publier la réponse")
    send.click()
    expect(desk.locator("[role=alert]").first).to_contain_text("Rien n’est perdu")
    send.click()

    expect(desk.locator("dialog")).to_have_count(0)
    shown = bureau.house.client.get("/v1/sites/journal/articles/a-1/comments").get_json()["comments"]
    assert [each["name"] for each in shown][1:] == ["Journal"]


@browser
def test_a_policy_goes_back_by_one_click(bureau: Bureau) -> None:
    bureau.house.set_policy(hold=0.3)
    desk = bureau.desk("editor", "#/policy", wait=".rules")
    expect(desk.locator("output")).to_have_text("0,30")

    desk.get_by_role("button", name="Y revenir").click()

    expect(desk.locator("output")).to_have_text("0,50")
    expect(desk.locator("main")).to_contain_text("Version 3")


@browser
def test_what_was_learnt_goes_back_by_one_click_after_saying_what_that_does(bureau: Bureau) -> None:
    bureau.house.taught(versions=2)
    desk = bureau.desk(place="#/learning", wait="tbody tr")
    expect(desk.locator("tbody tr").first).to_contain_text("sert")
    desk.locator("tbody .danger").click()
    expect(desk.locator("dialog")).to_contain_text("La version 1 servira")
    desk.locator("dialog .danger").click()
    expect(desk.locator("tbody tr").nth(1).locator(".published")).to_have_text("sert")
    entry = bureau.house.client.get("/v1/moderation/audit", headers=bureau.house.staff("owner")).get_json()["entries"][
        0
    ]
    assert (entry["act"], entry["data"]) == ("model.rollback", {"before": 2, "version": 1})

    others = bureau.desk("moderator", "#/learning", wait="tbody tr")
    assert not others.locator("tbody .danger").count(), "a moderator may look"


@browser
def test_an_owner_is_told_an_address_for_a_reason_and_the_log_keeps_it(bureau: Bureau) -> None:
    comment = bureau.house.held(email="camille@lecteurs.example.org")
    desk = bureau.desk(place=f"#/comment/{comment}", wait=".history")
    assert "camille" not in desk.content()

    desk.get_by_role("button", name="Voir l’adresse").click()
    desk.locator("#reveal-reason").fill("Une menace.")
    desk.get_by_role("button", name="Afficher l’adresse").click()

    expect(desk.locator(".revealed")).to_have_text("camille@lecteurs.example.org")
    entries = bureau.house.client.get("/v1/moderation/audit?act=comment.reveal", headers=bureau.house.staff("owner"))
    assert [each["data"]["reason"] for each in entries.get_json()["entries"]] == ["Une menace."]


@browser
def test_the_other_language_is_a_link_and_leads_to_the_same_place(bureau: Bureau) -> None:
    bureau.held(1)
    desk = bureau.desk(place="#/list/awaiting", wait=".item")
    desk.locator(".who summary").click()
    desk.get_by_role("link", name="In English").click()

    expect(desk.locator("main h1")).to_have_text("To decide")
    until(desk, lambda: "Moderato’s test string" in desk.locator(".why-line").first.inner_text())


@browser
def test_who_wants_less_motion_gets_none(bureau: Bureau) -> None:
    bureau.held(1)
    desk = bureau.desk(wait=".run .comment", reduced_motion="reduce")
    press(desk, "a", "u")
    desk.locator(".note").first.wait_for()

    moving = "[...document.querySelectorAll('*')].filter(each => each.getAnimations().length).length"
    assert desk.evaluate(moving) == 0


@browser
def test_only_what_was_tried_is_put_in_force(bureau: Bureau) -> None:
    """The answer to a trial comes late, when something else stands in the form."""
    desk = bureau.desk(place="#/ban", wait="#targets")
    desk.locator("#reason").fill("Insultes.")
    desk.route("**/bans/list/preview", late)
    desk.locator("#targets").fill("gredin")
    press(desk, "Tab")
    desk.get_by_role("button", name="Essayer d’abord").click()
    desk.locator("#targets").fill("gredin\nconseil")
    desk.wait_for_timeout(800)
    assert desk.locator(".trial").count() == 0

    go(desk, "#/policy", ".rules")
    desk.route("**/policy/preview", late)
    desk.locator("#hold").fill("0.45")
    desk.get_by_role("button", name="Essayer d’abord").click()
    desk.locator("#hold").fill("0.15")
    desk.wait_for_timeout(800)
    assert desk.locator(".trial").count() == 0


def late(route: Any) -> None:
    route.request.frame.page.wait_for_timeout(400)
    route.continue_()


@browser
def test_of_two_who_change_the_policy_the_second_is_told(bureau: Bureau) -> None:
    desk = bureau.desk("editor", "#/policy", wait=".rules")
    bureau.house.set_policy(blocked_words=("gredin",))
    desk.locator("#hold").fill("0.4")
    desk.get_by_role("button", name="Essayer d’abord").click()
    desk.get_by_role("button", name="Appliquer ces règles").click()

    expect(desk.locator("[role=alert]")).to_contain_text("Quelqu’un a changé les règles")


@browser
def test_a_ban_is_made_once_and_not_before_it_was_said_whom_it_meets(bureau: Bureau) -> None:
    comment = bureau.campaign(3)[0]
    desk = bureau.desk(place=f"#/comment/{comment}", wait=".history")
    desk.route("**/bans/preview", late)
    press(desk, "b")
    desk.locator("#ban-reason").fill("Publicité.")
    press(desk, "Enter")
    desk.wait_for_timeout(100)
    assert bureau.house.client.get("/v1/moderation/bans", headers=bureau.house.staff()).get_json()["bans"] == []
    expect(desk.locator("dialog")).to_contain_text("Aurait touché")
    desk.locator("#ban-reason").focus()
    press(desk, "Enter", "Enter")

    expect(desk.locator("dialog")).to_have_count(0)
    bans = bureau.house.client.get("/v1/moderation/bans", headers=bureau.house.staff()).get_json()["bans"]
    assert len(bans) == 1


@browser
def test_a_late_answer_to_an_earlier_search_is_not_shown(bureau: Bureau) -> None:
    bureau.held(3)
    desk = bureau.desk(place="#/list/awaiting", wait=".item")
    desk.route("**/queue?*nulle*", late)
    for words in ("nullepart", "conseil"):
        desk.evaluate("words => { location.hash = `#/list/awaiting?q=${words}`; }", words)
    desk.wait_for_timeout(900)

    expect(desk.locator(".item")).to_have_count(3)


@browser
def test_neither_escape_nor_a_broken_address_leaves_anybody_stuck(bureau: Bureau) -> None:
    bureau.held(1)
    desk = bureau.desk(wait=".run .comment")
    desk.context.clear_cookies()
    press(desk, "a")
    desk.locator("dialog #token").wait_for()
    press(desk, *["Escape"] * 6)
    desk.locator("dialog #token").fill(bureau.house.token("owner"))
    press(desk, "Enter")
    until(desk, lambda: set(bureau.statuses().values()) == {"published"})

    desk.goto(f"{bureau.service}/desk/#/list/%E0%A4%A")
    desk.reload()
    expect(desk.locator("main h1")).to_be_visible()


# Without a browser: the page, its headers, its files.

DESK: Final = resources.files("service.web.desk")


def sources() -> str:
    files = [path for path in DESK.iterdir() if path.name.endswith(".js")]
    files += [path for path in DESK.joinpath("templates").iterdir() if path.name.endswith(".html")]
    return "".join(path.read_text(encoding="utf-8") for path in files)


def test_to_strangers_the_desk_is_the_sign_in_form_and_nobody_frames_it(small_house: House) -> None:
    for headers in ({}, small_house.signed_in()):
        answer = small_house.client.get("/desk/", headers=headers)
        page = answer.get_data(as_text=True)

        assert answer.status_code == 200
        assert ('name="token"' in page) is (headers == {})
        assert ("main.js" in page) is (headers != {})
        policy = answer.headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
            assert rule in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]


def test_files_are_kept_for_good_under_their_own_address_and_nothing_else_is_served(small_house: House) -> None:
    page = small_house.client.get("/desk/", headers=small_house.signed_in()).get_data(as_text=True)
    (main,) = re.findall(r'src="([^"]+/main\.js)"', page)

    assert "immutable" in small_house.client.get(main).headers["Cache-Control"]
    stale = re.sub("files/[^/]+", "files/0", main)
    assert small_house.client.get(stale).headers["Cache-Control"] == "no-store"
    for name in ("page.py", "README.md", "templates/desk.html", "../page.py", "vendor/../page.py", "%2e%2e/page.py"):
        assert small_house.client.get(main.replace("main.js", name)).status_code == 404


def test_a_sites_title_is_text_whatever_it_is(small_house: House) -> None:
    small_house.client.put(
        "/v1/moderation/sites/journal", json={"title": "</script><b>&"}, headers=small_house.staff("owner")
    )
    page = small_house.client.get("/desk/", headers=small_house.signed_in()).get_data(as_text=True)

    assert "</script><b>" not in page


def test_vendored_files_are_what_the_readme_says() -> None:
    told = dict(
        re.findall(
            r"\| `(\w+\.js)` \| [\d.]+ \| [\w.-]+ \| `([0-9a-f]{64})` \|", DESK.joinpath("README.md").read_text()
        )
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in DESK.joinpath("vendor").iterdir()
        if path.name.endswith(".js")
    }

    assert told == found


def test_every_file_of_the_desk_is_in_its_readme() -> None:
    readme = DESK.joinpath("README.md").read_text()
    for path in DESK.iterdir():
        if path.name.endswith((".js", ".py")) and path.name != "__init__.py":
            assert f"`{path.name}`" in readme, path.name


@pytest.mark.parametrize("language", languages())
def test_every_sentence_that_the_desk_says_is_there_and_none_is_left_over(language: str) -> None:
    said = {key for key in catalogue(language) if key.startswith("desk.")}
    source = sources()
    named = set(re.findall(r'"(desk\.[a-z0-9_.]*[a-z0-9])"', source))
    families = tuple(set(re.findall(r'(?:`|")(desk\.[a-z_]+\.)(?:\$\{|")', source)))

    assert named <= said
    assert {key for key in said if key not in named and not key.startswith(families)} == set()


@pytest.mark.parametrize("language", languages())
def test_every_act_role_and_finding_has_its_words_here_too(language: str) -> None:
    wanted = {f"desk.act.{act}" for act in Act} | {f"desk.role.{role}" for role in Role}
    wanted |= {f"desk.signal.{reason}" for reason in SIGNAL_REASONS} | {
        f"desk.key.{reason}" for reason in DecisionReason
    }

    assert wanted <= catalogue(language).keys()


def test_no_text_becomes_html() -> None:
    source = sources()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", source)


def test_two_reasons_never_have_one_key() -> None:
    for language in languages():
        keys = [said for key, said in catalogue(language).items() if key.startswith("desk.key.")]
        assert len(set(map(json.dumps, keys))) == len(keys)


@browser
def test_how_right_the_machine_is_is_shown_with_how_sure_that_is(bureau: Bureau) -> None:
    know(bureau)
    desk = bureau.desk(place="#/numbers", wait=".rates .band", locale="en-GB")

    rows = desk.locator(".rates tbody tr")
    expect(rows.first).to_contain_text("The machine as a whole")
    expect(rows.first).to_contain_text("33.3% (0.8% to 90.6%)")
    expect(rows.first).to_contain_text("uncertain")
    expect(desk.locator("main")).to_contain_text("8 audits answered, 0 open.")
    moderator = bureau.desk("moderator", "#/numbers", wait=".rates .band", locale="en-GB")
    expect(moderator.locator("main")).not_to_contain_text("audits answered")


@browser
def test_rules_are_tried_beside_those_in_force_compared_and_put_in_force(bureau: Bureau) -> None:
    desk = bureau.desk("editor", "#/policy", wait="#hold", locale="en-GB")
    desk.locator("#hold").fill("0.4")
    desk.locator(".rules button.main").click()
    desk.get_by_role("button", name="Try it beside the rules in force").click()
    expect(desk.locator(".shadow")).to_contain_text("0.50 → 0.40")
    expect(desk.locator(".shadow")).to_contain_text("0 comments judged by both")
    assert policy(bureau)["shadow"] == {"hold": 0.4}
    apart = know(bureau)
    desk.reload()

    expect(desk.locator(".shadow")).to_contain_text("3 comments: Hold for a person in force, Publish on trial")
    expect(desk.locator(".shadow")).to_contain_text("People decided on 3 of these, and refused 1.")
    assert desk.locator(f'.shadow a[href="#/comment/{apart[0]}"]').count() == 1
    desk.get_by_role("button", name="Put them in force").click()

    expect(desk.locator(".notes")).to_contain_text("The rules that were on trial are in force.")
    now = policy(bureau)
    assert (now["hold"], now["weights"]["blocked_word"], now["shadow"]) == (0.4, 0.05, None)
    assert now["blocked_words"] == ["salsifis"]


def policy(bureau: Bureau) -> Any:
    answer = bureau.house.client.get("/v1/moderation/sites/journal/policy", headers=bureau.house.staff())
    return answer.get_json()["policy"]
