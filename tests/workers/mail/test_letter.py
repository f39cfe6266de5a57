"""What a mail is to programs: headers that nobody can add to, both forms of the text, names in any letters."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from service.words import languages
from workers.mail.letter import Envelope, Letter, Link, bare, message, name

NOW = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)
STOP = "https://commentaires.journal.example/notices/stop/" + "k1." + "a" * 36 + "." + "b" * 27
HOSTILE = "Zoé\r\nBcc: victime@ailleurs.example\r\n\r\n<script>alert(1)</script>"
SENDER = "Le Journal <commentaires@journal.example>"


def made(recipient: str = "zoe@lecteurs.example.org", sender: str = SENDER, **changes: Any) -> EmailMessage:
    """The mail, as whoever receives it reads it."""
    said: dict[str, Any] = {
        "language": "fr", "subject": "Le Journal : une réponse", "before": ["Bonjour,", "Quelqu’un a répondu."],
        "button": Link("Voir", "https://commentaires.journal.example/sites/journal/comments/1"),
        "links": [Link("Ne plus rien recevoir", STOP)],
    }  # fmt: skip
    letter = Letter(**(said | changes))
    raw = message(letter, Envelope(sender, recipient, "0192-d1", STOP), NOW).as_bytes()
    assert b"\r\n" in raw
    return message_from_bytes(raw, policy=policy.default)


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    return str(plain.get_content()), str(page.get_content())


def test_a_mail_says_that_a_program_wrote_it_and_how_to_end_it() -> None:
    mail = made()

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<{STOP}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["From"] == SENDER
    assert mail["To"] == "zoe@lecteurs.example.org"
    assert mail["Date"] == "Fri, 27 Nov 2026 08:30:00 +0000"


def test_the_link_that_ends_all_mails_stays_whole_on_the_wire() -> None:
    raw = message(
        Letter("fr", "x", [], Link("Voir", "https://x.example")), Envelope(SENDER, "z@x.example", "1", STOP), NOW
    ).as_bytes()

    assert f"List-Unsubscribe: <{STOP}>\r\n".encode() in raw


def test_the_same_delivery_has_the_same_name_whenever_it_is_sent() -> None:
    assert made()["Message-ID"] == made()["Message-ID"] == "<0192-d1@journal.example>"


def test_nobody_adds_to_the_headers_by_a_name() -> None:
    mail = made(subject=f"{name(HOSTILE)} a répondu")

    assert mail.keys() == made().keys()
    assert "Bcc" not in mail
    assert "victime@" not in mail.as_string()


def test_what_is_written_as_a_tag_is_read_as_text() -> None:
    text, page = parts(made(before=[f"{name('<script>alert(1)</script>')} a répondu."]))

    assert "<script>alert(1)</script>" in text
    assert "<script" not in page
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page


def test_a_name_from_right_to_left_leaves_the_sentence_as_it_is() -> None:
    arabic = "ليلى"
    text, page = parts(made(before=[f"{name(arabic)} a répondu."]))

    assert f"\u2068{arabic}\u2069 a répondu." in text
    assert f"<bdi>{arabic}</bdi> a répondu." in page


@given(st.text())
def test_whatever_a_name_is_it_is_one_line_and_not_endless(text: str) -> None:
    line = bare(text)

    assert len(line) <= 60
    assert len(line.splitlines()) <= 1
    assert not set("\r\n\0\u2028\u2029\u202e\u2066\u2068\u2069") & set(line)


@pytest.mark.parametrize("language", languages())
def test_the_page_has_its_language_a_title_and_one_heading(language: str) -> None:
    _, page = parts(made(language=language, facts=["1 commentaire", "2 signalements"]))
    read = html.document_fromstring(page)

    assert (read.get("lang"), read.get("dir")) == (language, "ltr")
    assert read.findtext(".//title") == read.findtext(".//h1") == "Le Journal : une réponse"
    assert [item.text for item in read.iterfind(".//li")] == ["1 commentaire", "2 signalements"]
    assert len(read.findall(".//main")) == 1


def test_both_forms_have_the_same_links() -> None:
    text, page = parts(made())
    links = [link.get("href") for link in html.document_fromstring(page).iterfind(".//a")]

    assert links == [line for line in text.splitlines() if line.startswith("https://")]


def test_a_page_that_is_opened_fetches_nothing() -> None:
    _, page = parts(made())

    assert not html.document_fromstring(page).xpath("//img|//link|//script|//iframe|//*[@src]")


def test_a_sender_and_a_reader_in_other_letters() -> None:
    mail = made(recipient="zoé@éclair.example", sender="Café Élan <bonjour@éclair.example>")

    assert mail["Message-ID"].endswith("@xn--clair-9ra.example>")
    assert str(mail["From"]) == "Café Élan <bonjour@xn--clair-9ra.example>"
