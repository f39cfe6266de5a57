"""A mail as its reader gets it: plain text and simple HTML that say the same, and headers that programs go by."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final

import idna
from babel import Locale
from markupsafe import Markup, escape

from service.domain.note import without_addresses

LONGEST_NAME: Final = 60
_OPEN, _SHUT = "\u2068", "\u2069"
"""Around names, so that one written from right to left leaves the sentence as it is; `<bdi>` in HTML."""
_DIRECTIONS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_POLICY: Final = policy.SMTP.clone(max_line_length=200)
"""Longer than usual, for links in headers must stay whole: others fold them as if they were words."""

_FONT: Final = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_BODY: Final = f"margin:0;padding:24px 16px;background:#fbfaf6;color:#1d1b18;font:17px/1.55 {_FONT}"
_MAIN: Final = "max-width:560px;margin:0 auto"
_TITLE: Final = "font:700 22px/1.3 Georgia,'Times New Roman',serif;margin:0 0 20px"
_BUTTON: Final = (
    "display:inline-block;padding:12px 20px;border-radius:3px;background:#7b1e2b;color:#ffffff;"
    "text-decoration:none;font-weight:600"
)
_FOOT: Final = "margin-top:32px;padding-top:12px;border-top:1px solid #d9d4c8;font-size:14px;color:#5f5a52"


@dataclass(frozen=True, slots=True)
class Link:
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, in the order in which it is read. Names in it were made by `name`."""

    language: str
    subject: str
    before: Sequence[str]
    """Paragraphs."""
    button: Link
    after: Sequence[str] = ()
    facts: Sequence[str] = ()
    """A list, after the paragraphs before the button."""
    foot: Sequence[str] = ()
    links: Sequence[Link] = ()
    """Under the foot: the last one ends all mails."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom, and by which name a mail is known if it comes twice."""

    sender: str
    recipient: str
    delivery_id: str
    stop: str
    """The address that ends all mails by one POST."""


def name(text: str, longest: int = LONGEST_NAME) -> str:
    """A name as it can stand in a sentence and in a header: one line, no address in it, and not endless."""
    return f"{_OPEN}{bare(text, longest)}{_SHUT}"


def bare(text: str, longest: int = LONGEST_NAME) -> str:
    """The same, where nothing stands around it."""
    seen = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Cs"} else sign for sign in text)
    line = " ".join("".join(sign for sign in without_addresses(seen) if sign not in _DIRECTIONS).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def message(letter: Letter, envelope: Envelope, now: datetime) -> EmailMessage:
    """The mail, ready to be sent."""
    made = EmailMessage(_POLICY)
    made["From"] = _address(envelope.sender)
    made["To"] = _address(envelope.recipient)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{envelope.delivery_id}@{as_ascii(parseaddr(envelope.sender)[1]).rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["List-Unsubscribe"] = f"<{envelope.stop}>"
    made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(_text(letter), cte="quoted-printable")
    made.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
    made["Content-Language"] = letter.language  # now, or it would have gone into the first part
    return made


def as_ascii(address: str) -> str:
    """The address as servers know it: its domain in ASCII. One in other letters before the @ stays as it is."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def _address(text: str) -> Address:
    shown, address = parseaddr(text)
    local, _, domain = as_ascii(address).rpartition("@")
    return Address(shown, local, domain)


def _text(letter: Letter) -> str:
    parts = [
        *letter.before,
        *(["\n".join(f"– {fact}" for fact in letter.facts)] if letter.facts else []),
        _written(letter.button),
        *letter.after,
        "\n".join(["-- ", *letter.foot, *map(_written, letter.links)]),
    ]
    return "\n\n".join(parts) + "\n"


def _written(link: Link) -> str:
    return f"{link.words}\n{link.address}"


def _html(letter: Letter) -> str:
    direction = Locale.parse(letter.language).text_direction
    facts = Markup("<ul>\n{}\n</ul>\n").format(_lines(letter.facts, "<li>{}</li>")) if letter.facts else ""
    return str(
        Markup(
            '<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{subject}</title>\n</head>\n'
            '<body style="{body}">\n<main style="{main}">\n<h1 style="{title}">{heading}</h1>\n{before}\n{facts}'
            '<p style="margin:24px 0"><a href="{address}" style="{button}">{words}</a></p>\n{after}\n'
            '<footer style="{foot_style}">\n{foot}\n{links}\n</footer>\n</main>\n</body>\n</html>\n'
        ).format(
            language=letter.language, direction=direction, subject=letter.subject, body=_BODY, main=_MAIN, title=_TITLE,
            heading=_set(letter.subject), before=_lines(letter.before), facts=facts, address=letter.button.address,
            button=_BUTTON, words=letter.button.words, after=_lines(letter.after), foot_style=_FOOT,
            foot=_lines(letter.foot), links=Markup("\n").join(map(_linked, letter.links)),
        )
    )  # fmt: skip


def _lines(sentences: Sequence[str], around: str = "<p>{}</p>") -> Markup:
    return Markup("\n").join(Markup(around).format(_set(each)) for each in sentences)  # noqa: S704 - a shape of ours


def _set(sentence: str) -> Markup:
    """The sentence as HTML, with its names in `<bdi>`: nothing else can hold these two signs."""
    return Markup(str(escape(sentence)).replace(_OPEN, "<bdi>").replace(_SHUT, "</bdi>"))  # noqa: S704 - escaped just now


def _linked(link: Link) -> Markup:
    return Markup('<p style="margin:4px 0"><a href="{}" style="color:#5f5a52">{}</a></p>').format(
        link.address, link.words
    )
