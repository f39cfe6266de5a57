"""The desk by keyboard only: a shift from signing in to signing out, and what it does when things go wrong."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.factories import CANARY_STRING
from tests.web.bureau import Bureau, press, text_of, until
from workers.campaigns import follow

pytestmark = pytest.mark.browser


def decide_on(desk: Page, *keys: str) -> None:
    """Decide on the comment that is shown, and wait for the next one, or for the end."""
    before = text_of(desk)
    assert before
    press(desk, *keys)
    desk.wait_for_function(
        "before => (document.querySelector('.run .comment .body')?.innerText ?? '') !== before", arg=before
    )


def begin_anew(desk: Page, role: Any, name: str) -> None:
    """Choose another way through the run, and wait for its first comment: until then the last run's is shown."""
    desk.evaluate("document.querySelector('.run').former = true")
    desk.locator(".way summary").click()
    desk.get_by_role(role, name=name).click()
    desk.wait_for_function("() => ![...document.querySelectorAll('.run')].some(each => each.former)")
    desk.locator(".run .comment").wait_for()


def tab_to(desk: Page, name: str, most: int = 60) -> None:
    """Go on by the Tab key until the focus is on what is called so."""
    for _ in range(most):
        press(desk, "Tab")
        if desk.evaluate("document.activeElement?.innerText ?? ''").strip().startswith(name):
            return
    raise AssertionError(f"no way to {name}")


def tab_to_field(desk: Page, identifier: str, most: int = 60) -> None:
    for _ in range(most):
        press(desk, "Tab")
        if desk.evaluate("document.activeElement?.id") == identifier:
            return
    raise AssertionError(f"no way to {identifier}")


def test_a_shift_by_keyboard_alone(bureau: Bureau) -> None:
    """Sign in, clear a hundred, undo three, ban a spammer with the cluster, change a threshold, sign out."""
    bureau.held(100)
    campaign = bureau.campaign(12)
    desk = bureau.desk(wait=".run .comment")

    clear_a_hundred(bureau, desk)
    undo_three(bureau, desk)
    ban_the_spammer(bureau, desk, campaign)
    lower_the_threshold(bureau, desk)
    sign_out(desk)


def clear_a_hundred(bureau: Bureau, desk: Page) -> None:
    """All but the campaign, whose comments are passed over."""
    keys = (("a",), ("s",), ("r", "i"))
    for turn in range(100):
        while "soleil-promo" in text_of(desk):
            decide_on(desk, "j")
        decide_on(desk, *keys[turn % 3])
    until(desk, lambda: len(bureau.decisions()) == 100)


def undo_three(bureau: Bureau, desk: Page) -> None:
    press(desk, "u", "u", "u")
    until(desk, lambda: list(bureau.statuses().values()).count("held") == 15)
    assert len(bureau.decisions()) == 103
    desk.wait_for_load_state("networkidle")  # all three have come back, the last one to the front
    for _ in range(3):
        while "soleil-promo" in text_of(desk):
            decide_on(desk, "j")
        decide_on(desk, "a")


def ban_the_spammer(bureau: Bureau, desk: Page, campaign: list[str]) -> None:
    tab_to(desk, "À décider")  # those that were passed over come again in a new run
    press(desk, "Enter")
    desk.locator(".item").first.wait_for()
    press(desk, "g")
    desk.locator(".run .copies").wait_for()
    assert "soleil-promo" in text_of(desk)
    press(desk, "b")
    expect(desk.locator("dialog")).to_contain_text("Aurait touché 1 commentaire")
    expect(desk.locator("dialog")).to_contain_text("Refuser aussi les 12 qui attendent")
    tab_to_field(desk, "ban-reason")
    desk.keyboard.type("Campagne de panneaux solaires")
    press(desk, "Enter")
    until(desk, lambda: {bureau.statuses()[each] for each in campaign} == {"rejected"})
    assert bureau.decisions()[-1]["data"]["by"]["copies_of"] in campaign
    bans = bureau.house.client.get("/v1/moderation/bans", headers=bureau.house.staff()).get_json()["bans"]
    assert [(ban["kind"], ban["reason"]) for ban in bans] == [("author", "Campagne de panneaux solaires")]


def lower_the_threshold(bureau: Bureau, desk: Page) -> None:
    tab_to(desk, "Règles")
    press(desk, "Enter")
    tab_to_field(desk, "hold")
    press(desk, *["ArrowLeft"] * 10)
    tab_to(desk, "Essayer d’abord")
    press(desk, "Enter")
    expect(desk.locator(".trial")).to_contain_text("Sur 112 commentaires")
    tab_to(desk, "Appliquer ces règles")
    press(desk, "Enter")
    expect(desk.locator("main")).to_contain_text("Version 2")
    policy = bureau.house.client.get("/v1/moderation/sites/journal/policy", headers=bureau.house.staff()).get_json()
    assert policy["policy"]["hold"] == pytest.approx(0.4)


def sign_out(desk: Page) -> None:
    tab_to(desk, "owner of journal", most=120)
    press(desk, "Enter")
    tab_to(desk, "Quitter")
    press(desk, "Enter")
    expect(desk.locator("#token")).to_be_visible()
    assert desk.context.cookies() == []


def test_two_moderators_never_hold_the_same_comment_even_with_one_token(bureau: Bureau) -> None:
    bureau.held(30)
    desks = [bureau.desk("moderator", wait=".run .comment") for _ in range(2)]
    seen: list[set[str]] = [set(), set()]
    for turn in range(30):
        at = turn % 2
        if not text_of(desks[at]):
            continue
        seen[at].add(text_of(desks[at]).split("numéro ")[1].split()[0])
        decide_on(desks[at], "a")
    for at, desk in enumerate(desks):
        while text_of(desk):
            seen[at].add(text_of(desk).split("numéro ")[1].split()[0])
            decide_on(desk, "a")

    until(desks[0], lambda: set(bureau.statuses().values()) == {"published"})
    assert seen[0] & seen[1] == set()
    assert len(seen[0] | seen[1]) == 30
    assert len(bureau.decisions()) == 30


def test_the_loser_of_a_race_is_told_who_was_faster_and_what_it_is_now(bureau: Bureau) -> None:
    (comment,) = bureau.held(1)
    desk = bureau.desk(wait=".run .comment")
    bureau.house.decide(comment, "reject", reason="insult")

    press(desk, "a")

    expect(desk.locator("[role=alert]")).to_contain_text("a changé entre-temps : refusé")
    expect(desk.locator(".trail")).to_contain_text("non pris en compte")
    assert bureau.statuses()[comment] == "rejected"


def test_a_decision_that_fails_brings_its_comment_back_with_the_reason(bureau: Bureau) -> None:
    bureau.held(3)
    desk = bureau.desk(wait=".run .comment")
    before = text_of(desk)
    failing = True

    def fail(route: Route) -> None:
        if failing:
            route.fulfill(status=503, json={"code": "unavailable", "title": "La base ne répond pas."})
        else:
            route.continue_()

    desk.route("**/decision", fail)
    press(desk, "a")
    expect(desk.locator("[role=alert]")).to_contain_text("La base ne répond pas.")
    assert set(bureau.statuses().values()) == {"held"}
    if text_of(desk) != before:  # it comes next, unless there was nothing else to read yet
        decide_on(desk, "j")
    assert text_of(desk) == before

    failing = False
    decide_on(desk, "a")
    until(desk, lambda: list(bureau.statuses().values()).count("published") == 1)


def slowly(desk: Page, part: str, *, fail_first: bool = False) -> None:
    """From now on the service takes its time over what has this in its address; the first may fail."""
    failing = [fail_first]

    def wait(route: Route) -> None:
        desk.wait_for_timeout(600)
        if failing and failing.pop():
            route.fulfill(status=503, json={"code": "unavailable", "title": "La base ne répond pas."})
        else:
            route.continue_()

    desk.route(part, wait)


def test_what_comes_back_never_takes_the_place_of_what_is_being_read(bureau: Bureau) -> None:
    bureau.held(3)
    desk = bureau.desk(wait=".run .comment")
    slowly(desk, "**/decision", fail_first=True)
    decide_on(desk, "a")
    reading = text_of(desk)
    press(desk, "r")
    desk.locator("summary", has_text="Ajouter une note").click()
    desk.locator("#note").focus()
    desk.keyboard.type("pas aima")
    expect(desk.locator("[role=alert]")).to_contain_text("La base ne répond pas.")
    desk.keyboard.type("ble")

    assert desk.locator("#note").input_value() == "pas aimable"
    assert text_of(desk) == reading
    assert set(bureau.statuses().values()) == {"held"}


def test_an_undo_is_of_the_very_decision_that_was_the_latest(bureau: Bureau) -> None:
    comments = bureau.held(3)
    desk = bureau.desk(place="#/list/awaiting?order=oldest", wait=".item")
    press(desk, "a")
    until(desk, lambda: bureau.statuses()[comments[0]] == "published")
    slowly(desk, "**/decision")

    press(desk, "a", "u", "s")

    until(desk, lambda: bureau.statuses()[comments[2]] == "rejected")
    until(desk, lambda: bureau.statuses()[comments[1]] == "held")
    assert bureau.statuses()[comments[0]] == "published"


def test_an_undo_of_what_failed_undoes_nothing_else(bureau: Bureau) -> None:
    comments = bureau.held(2)
    desk = bureau.desk(place="#/list/awaiting?order=oldest", wait=".item")
    press(desk, "a")
    until(desk, lambda: bureau.statuses()[comments[0]] == "published")
    slowly(desk, "**/decision", fail_first=True)

    press(desk, "a", "u")

    expect(desk.locator("[role=alert]").first).to_contain_text("La base ne répond pas.")
    desk.wait_for_timeout(300)
    assert bureau.statuses() == {comments[0]: "published", comments[1]: "held"}


def test_a_choice_of_all_that_are_alike_is_about_the_comment_it_was_made_for(bureau: Bureau) -> None:
    campaign = bureau.campaign(4)
    (other,) = bureau.held(1)
    desk = bureau.desk(wait=".run .copies")
    slowly(desk, "**/selection*")
    press(desk, "c", "s")
    desk.wait_for_timeout(100)
    assert set(bureau.statuses().values()) == {"held"}  # it isn't known yet what that would be about
    while "soleil-promo" in text_of(desk):
        decide_on(desk, "j")
    desk.wait_for_timeout(800)

    assert desk.locator(".scope").count() == 0
    decide_on(desk, "s")
    until(desk, lambda: bureau.statuses()[other] == "rejected")
    assert {bureau.statuses()[each] for each in campaign} == {"held"}


def test_escape_leaves_a_field_and_keeps_the_dialog_and_a_fault_is_told_within_it(bureau: Bureau) -> None:
    comment = bureau.house.published()
    desk = bureau.desk(place=f"#/comment/{comment}", wait=".history")
    desk.get_by_role("button", name="Répondre au nom de la rédaction").click()
    desk.locator("#reply").fill("Merci.")
    press(desk, "Escape")
    desk.route("**/replies", lambda route: route.fulfill(status=503, json={"title": "La base ne répond pas."}))
    desk.get_by_role("button", name="Publier la réponse").click()

    fault = desk.locator("dialog [role=alert]")
    expect(fault).to_contain_text("La base ne répond pas.")
    fault.get_by_role("button", name="Fermer").click()
    assert desk.locator("#reply").input_value() == "Merci."


def test_without_the_network_nothing_is_lost_and_nothing_claimed_to_be_done(bureau: Bureau) -> None:
    bureau.held(2)
    desk = bureau.desk(wait=".run .comment")
    before = text_of(desk)
    desk.context.set_offline(True)
    press(desk, "r", "i")
    expect(desk.locator("[role=alert]").first).to_contain_text("Rien n’est perdu")
    expect(desk.locator(".trail")).to_contain_text("non pris en compte")
    desk.context.set_offline(False)

    if text_of(desk) != before:
        decide_on(desk, "j")
    assert text_of(desk) == before
    assert set(bureau.statuses().values()) == {"held"}


def test_a_comment_that_is_passed_over_goes_to_others_and_back_by_k(bureau: Bureau) -> None:
    bureau.held(2)
    desk = bureau.desk(wait=".run .comment")
    first = text_of(desk)

    decide_on(desk, "j")
    decide_on(desk, "k")

    assert text_of(desk) == first


def test_leaving_gives_back_what_was_claimed(bureau: Bureau) -> None:
    bureau.held(4)
    desk = bureau.desk(wait=".run .comment")
    colleague = bureau.desk("moderator", "#/run", wait="main h1")
    expect(colleague.locator(".nothing")).to_contain_text("Plus rien n’attend")

    desk.close()
    colleague.reload()

    colleague.locator(".run .comment").wait_for()


def test_a_session_that_is_over_asks_again_where_one_is_and_keeps_what_was_typed(bureau: Bureau) -> None:
    bureau.held(1)
    desk = bureau.desk(wait=".run .comment")
    press(desk, "r")
    desk.locator("summary", has_text="Ajouter une note").click()
    desk.locator("#note").fill("Déjà le troisième.")
    desk.context.clear_cookies()
    press(desk, "Escape", "i")

    desk.locator("dialog #token").fill(bureau.house.token("owner"))
    press(desk, "Enter")

    until(desk, lambda: set(bureau.statuses().values()) == {"rejected"})
    (entry,) = bureau.decisions()
    detail = bureau.house.client.get(
        f"/v1/moderation/comments/{entry['object']['id']}", headers=bureau.house.staff()
    ).get_json()
    assert detail["history"][-1]["note"] == "Déjà le troisième."


def test_single_keys_can_be_switched_off_and_typing_never_decides(bureau: Bureau) -> None:
    bureau.held(1)
    desk = bureau.desk(place="#/list/awaiting", wait=".item")
    press(desk, "/")
    desk.keyboard.type("asar")
    press(desk, "Escape", "?")
    desk.get_by_label("Une touche seule agit").uncheck()
    press(desk, "Escape", "a", "s")

    desk.wait_for_timeout(300)
    assert set(bureau.statuses().values()) == {"held"}
    assert bureau.decisions() == []


def test_a_list_is_scanned_and_decided_by_keys(bureau: Bureau) -> None:
    comments = bureau.held(6)
    desk = bureau.desk(place="#/list/awaiting?order=oldest", wait=".item")
    press(desk, "x", "j", "x", "j", "j", "x")
    expect(desk.locator(".foot")).to_contain_text("3 commentaires cochés")

    press(desk, "r", "i")

    chosen = [comments[0], comments[1], comments[3]]
    until(desk, lambda: [each for each in comments if bureau.statuses()[each] == "rejected"] == chosen)
    expect(desk.locator(".item")).to_have_count(3)
    press(desk, "u")
    until(desk, lambda: set(bureau.statuses().values()) == {"held"})
    expect(desk.locator(".item")).to_have_count(6)


def test_what_is_alike_is_decided_on_at_once_after_it_was_said_what_that_is(bureau: Bureau) -> None:
    campaign = bureau.campaign(8)
    desk = bureau.desk(wait=".run .copies")
    expect(desk.locator(".copies")).to_contain_text("7 autres lui ressemblent")

    press(desk, "c")
    expect(desk.locator(".scope")).to_contain_text("Pour 8 commentaires")
    press(desk, "s")

    until(desk, lambda: {bureau.statuses()[each] for each in campaign} == {"rejected"})
    expect(desk.locator(".nothing")).to_contain_text("Plus rien n’attend")
    press(desk, "u")
    until(desk, lambda: {bureau.statuses()[each] for each in campaign} == {"held"})


def test_the_words_that_caused_it_are_marked_and_the_reasons_told_the_heaviest_first(bureau: Bureau) -> None:
    bureau.house.accepted(body="Ce connard de maire : http://gagne-vite.example/bonus 😀")
    bureau.house.judge()
    desk = bureau.desk(place="#/list/awaiting", wait=".item")
    press(desk, "Enter")

    desk.locator(".signals li").first.wait_for()
    assert "connard" in desk.locator("mark").all_inner_texts()
    weights = [float(each.replace(",", ".")) for each in desk.locator(".signals .weight").all_inner_texts()]
    assert weights == sorted(weights, reverse=True)
    expect(desk.locator(".signals")).to_contain_text("Insulte")
    assert desk.locator(".comment .body").inner_text() == "Ce connard de maire : http://gagne-vite.example/bonus 😀"


def test_hostile_texts_are_shown_as_they_are_and_break_nothing(bureau: Bureau) -> None:
    for body, name in (
        ("mot " * 16_000, "Longue"),
        ("x" * 3_000, "<script>alert(1)</script>"),
        ("هذا تعليق طويل من اليمين إلى اليسار " * 3, "مريم"),
        (" ".join(f"https://exemple-{number}.example/a" for number in range(500)), "Liens"),
        ("<img src=x onerror=alert(1)><b>gras</b>", "\u202eenvers"),
    ):
        bureau.house.accepted(body=f"{body} {CANARY_STRING}", name=name)
    bureau.house.judge()
    desk = bureau.desk(wait=".run .comment", viewport={"width": 390, "height": 844})
    names = []
    for _ in range(5):
        names.append(desk.locator(".comment .person").first.inner_text())
        assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert desk.locator(".comment .body a, .comment .body img, .comment .body b").count() == 0
        decide_on(desk, "j")

    assert "<script>alert(1)</script>" in names
    right_to_left = bureau.desk(place="#/list/awaiting?q=اليسار", wait=".item")
    assert right_to_left.locator(".excerpt").first.evaluate("node => getComputedStyle(node).direction") == "rtl"


def test_a_long_text_is_folded_and_unfolds(bureau: Bureau) -> None:
    bureau.house.accepted(body=f"{'mot ' * 15_000} {CANARY_STRING}")
    bureau.house.judge()
    desk = bureau.desk(wait=".run .comment")
    short = len(text_of(desk))

    desk.get_by_role("button", name="Tout afficher").click()

    assert short < 6_000
    until(desk, lambda: len(text_of(desk)) > 59_000)


def test_the_bar_stays_where_it_is_from_one_comment_to_the_next(bureau: Bureau) -> None:
    bureau.held(3)
    bureau.campaign(3)
    desk = bureau.desk(wait=".run .comment")
    places = set()
    for _ in range(5):
        desk.wait_for_timeout(200)
        places.add(round(desk.locator(".actions").bounding_box()["y"]))  # type: ignore[index] # it is on the page
        decide_on(desk, "a")

    assert max(places) - min(places) <= 1
    assert desk.evaluate("shifts") < 0.05


def test_an_auditor_sees_everything_and_is_offered_nothing_that_they_may_not(bureau: Bureau) -> None:
    bureau.held(1)
    desk = bureau.desk("auditor", wait=".item")

    expect(desk.locator("nav")).not_to_contain_text("À la suite")
    assert desk.locator(".actions").count() == 0
    press(desk, "a")
    desk.wait_for_timeout(200)
    assert bureau.decisions() == []


def test_a_campaign_is_opened_decided_on_as_a_whole_and_taken_back(bureau: Bureau) -> None:
    campaign = bureau.campaign(5)
    (other,) = bureau.held(1)
    follow(bureau.house.room)
    desk = bureau.desk(place="#/campaigns", wait=".campaign")
    expect(desk.locator(".campaign")).to_have_count(1)
    expect(desk.locator(".campaign")).to_contain_text("5 commentaires")
    expect(desk.locator(".campaign")).to_contain_text("5 à décider")
    desk.get_by_role("button", name="Décider").click()
    expect(desk.locator(".scope")).to_contain_text("Pour les 5 commentaires qui attendent. De 5 auteurs.")

    press(desk, "s")
    until(desk, lambda: {bureau.statuses()[each] for each in campaign} == {"rejected"})
    assert bureau.statuses()[other] == "held"
    by = bureau.decisions()[-1]["data"]["by"]
    assert (by["list"], len(by["campaign"])) == ("awaiting", 36)
    press(desk, "u")
    until(desk, lambda: {bureau.statuses()[each] for each in campaign} == {"held"})


def test_a_run_offers_those_that_are_alike_by_itself_and_shows_them_together_if_that_is_wanted(bureau: Bureau) -> None:
    bureau.campaign(2)
    bureau.held(2)
    campaign = bureau.campaign(2)
    follow(bureau.house.room)
    desk = bureau.desk(wait=".run .comment")
    for role, name in (("radio", "Les plus anciens"), ("checkbox", "Les semblables ensemble")):
        begin_anew(desk, role, name)
    desk.get_by_role("button", name="Avec les 3 semblables").wait_for()

    for _ in range(4):
        assert "soleil-promo" in text_of(desk)
        decide_on(desk, "a")
    assert "Le point numéro" in text_of(desk)
    until(desk, lambda: {bureau.statuses()[each] for each in campaign} == {"published"})
