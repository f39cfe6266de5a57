"""A comment's text as HTML: what people write comes out as they meant it, and what attackers write as text."""

from collections.abc import Callable
from functools import partial
from math import isqrt

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from service.domain.site import BODY_BYTES
from service.render import render
from tests.clock import growth
from tests.service.payloads import SCHEMES, TAGS, TRICKS, payloads

ALLOWED = {"p", "br", "a", "em", "strong", "blockquote", "ul", "ol", "li", "code", "pre"}
LINK = 'rel="nofollow ugc noopener"'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bonjour", "<p>Bonjour</p>"),
        ("une\ndeux", "<p>une<br>\ndeux</p>"),
        ("une\n\ndeux", "<p>une</p>\n<p>deux</p>"),
        ("*a* **b** _c_ snake_case 2*3*4", "<p><em>a</em> <strong>b</strong> <em>c</em> snake_case 2<em>3</em>4</p>"),
        ("> cité", "<blockquote>\n<p>cité</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        ("# Titre", "<p># Titre</p>"),
        ("a\n===", "<p>a<br>\n===</p>"),
        ("---", "<p>---</p>"),
        ("![image](https://a.fr/x.png)", f'<p>!<a href="https://a.fr/x.png" {LINK}>image</a></p>'),
        ("[mot](https://a.fr)", f'<p><a href="https://a.fr" {LINK}>mot</a></p>'),
        ('[mot](https://a.fr "titre")', f'<p><a href="https://a.fr" {LINK}>mot</a></p>'),
        ("[mot](/chemin) [mot](#a)", "<p>[mot](/chemin) [mot](#a)</p>"),
        ("<zoe@a.fr>", "<p>&lt;zoe@a.fr&gt;</p>"),
        ("<https://a.fr/x>", f'<p><a href="https://a.fr/x" {LINK}>https://a.fr/x</a></p>'),
        ("[a]: https://a.fr\n\n[a]", f'<p>[a]: <a href="https://a.fr" {LINK}>https://a.fr</a></p>\n<p>[a]</p>'),
        ("<b>gras</b> & co", "<p>&lt;b&gt;gras&lt;/b&gt; &amp; co</p>"),
        ("&lt;b&gt; &amp; &eacute; &copy", "<p>&lt;b&gt; &amp; é &amp;copy</p>"),
        (r"\*a\*", "<p>*a*</p>"),
        ("je <3 ça", "<p>je &lt;3 ça</p>"),
        ("| a | b |\n|---|---|", "<p>| a | b |<br>\n|---|---|</p>"),
        ("    pas du code", "<p>pas du code</p>"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_small_markdown(text: str, shown: str) -> None:
    assert render(text) == shown


@pytest.mark.parametrize(
    ("text", "address", "rest"),
    [
        ("Voir https://a.fr/b_c_d.", "https://a.fr/b_c_d", "."),
        ("(https://fr.wikipedia.org/wiki/Paris_(France))", "https://fr.wikipedia.org/wiki/Paris_(France)", ")"),
        ("« https://a.fr »", "https://a.fr", " »"),
        ("« https://a.fr/x», et", "https://a.fr/x", "», et"),
        ("https://a.fr/?q=b&c=d#e!", "https://a.fr/?q=b&c=d#e", "!"),
        ("http://a.fr:8080/x", "http://a.fr:8080/x", ""),
        ("https://a.fr…", "https://a.fr", "…"),
        ("HTTPS://A.FR/x", "HTTPS://A.FR/x", ""),
        ("https://münchen.de/ä", "https://münchen.de/ä", ""),
    ],
)
def test_a_bare_address_is_a_link_without_the_sentence_around_it(text: str, address: str, rest: str) -> None:
    document = html.fragment_fromstring(render(text))

    [link] = document.findall("a")
    assert link.text == address
    assert (link.tail or "") == rest
    assert str(link.get("href")).lower().startswith(address[:6].lower())


@pytest.mark.parametrize(
    "text",
    ["www.a.fr", "a.fr", "zoe@a.fr", "mailto:zoe@a.fr", "ftp://a.fr", "xhttp://a.fr", "http://", "http://localhost",
     "http://-", "http://a", "https://zoe@a.fr", "`https://a.fr`", "javascript://a.fr/%0aalert(1)", r"http\://a.fr",
     "//a.fr", "http:/a.fr", "http://127.0.0.1/", "http://[::1]/"],
)  # fmt: skip
def test_nothing_else_is(text: str) -> None:
    assert "<a" not in render(text)


def test_an_address_in_a_link_is_that_link() -> None:
    assert render("[https://a.fr](https://b.fr)").count("<a ") == 1
    assert render("**https://a.fr**") == f'<p><strong><a href="https://a.fr" {LINK}>https://a.fr</a></strong></p>'


def look_at(shown: str) -> None:
    """Parse it as a browser does: nothing is there that shouldn't be."""
    attributes: dict[str, set[str]] = {"a": {"href"}, "ol": {"start"}, "*": set()}
    rel = "nofollow ugc noopener"
    assert nh3.clean(shown, tags=ALLOWED, attributes=attributes, link_rel=rel, url_schemes={"http", "https"}) == shown
    if not shown:
        return
    for element in html.fragment_fromstring(shown, create_parent="div").iterdescendants():
        assert element.tag in ALLOWED
        assert set(element.keys()) <= {"a": {"href", "rel"}, "ol": {"start"}}.get(str(element.tag), set())
        if element.tag == "a":
            assert element.get("rel") == "nofollow ugc noopener"
            assert element.get("href", "https://").lower().startswith(("http://", "https://"))


def test_there_are_enough_payloads() -> None:
    assert len(SCHEMES) + len(TAGS) + len(TRICKS) > 150
    assert len(set(payloads())) > 1000


def test_no_payload_comes_through() -> None:
    for payload in payloads():
        try:
            look_at(render(payload))
        except AssertionError as fault:
            raise AssertionError(f"{payload!r} became {render(payload)!r}") from fault


ALPHABET = st.text(alphabet="<>[]()!`*_~\\\"'&#;:/ \n\tabhtpsx.1-\x00é\u202e\ud7ff", max_size=60)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(ALPHABET, st.sampled_from([*TAGS, *TRICKS, *SCHEMES])), max_size=6).map("".join))
def test_cleaning_what_was_rendered_changes_nothing(body: str) -> None:
    look_at(render(body))


def filled(pattern: str, size: int = BODY_BYTES) -> str:
    return (pattern * (size // len(pattern.encode()) + 1)).encode()[:size].decode(errors="ignore")


def steps(mark: str, line: str, size: int) -> str:
    """Deeper and deeper, until the text is about so long."""
    return "\n".join(mark * depth + line for depth in range(1, isqrt(2 * size // len(mark))))


PATTERNS = (
    "[", "![", "[a](", "[](", "[`a`", "`[", "*", "*a ", "a*b_ ", "*a **a ", "`", "a`b``c", "<", "<http://a ",
    "http://", "http://[", "http://a..", "https://a.", "http://a.fr ", "http://a.fr/(", "http://a.fr/[",
    "http://a.fr/a(b", "a://", "&", ">\n", "- a\n", "* * a\n", "~~~a\n", "[a]: b\n", "😀", "\u0301",
    '[a](http://b.fr "',
)  # fmt: skip
BOMBS: dict[str, Callable[[int], str]] = {repr(pattern): partial(filled, pattern) for pattern in PATTERNS} | {
    "quotes in quotes": partial(filled, ">" * 500 + "a\n"),
    "a staircase of quotes": partial(steps, ">", " a"),
    "a staircase of lists": partial(steps, "  ", "- a"),
    "emphasis in emphasis": lambda size: "**" * (size // 4) + "x" + "**" * (size // 4),
    "brackets in brackets": lambda size: "[" * (size // 2) + "x" + "](http://a.fr)" * (size // 28),
    "longer and longer backticks": lambda size: " ".join("`" * length for length in range(1, isqrt(2 * size))),
    "an open link": lambda size: "[a](" + "(" * size,
    "brackets behind an address": lambda size: "http://a.fr/" + "(" * (size // 2) + ")" * (size // 2),
    "an address that never ends": lambda size: "http://" + "a." * (size // 2),
    "a scheme that never ends": lambda size: "a" * size + "://a.fr",
    "a quote and lazy lines": lambda size: ">" * 20 + "\n" + "a\n" * (size // 2),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=list(BOMBS))
def test_a_hostile_text_four_times_as_long_is_about_four_times_the_work(bomb: Callable[[int], str]) -> None:
    small, large = bomb(BODY_BYTES // 16), bomb(BODY_BYTES // 4)
    assert growth(render, small, large) < 10, "squared it would be 16"
    assert len(render(large)) < 8 * len(large)
