"""A look at the mail server, if there is one: whether it lets us in. It is sent nothing."""

import ipaddress
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from workers.doctor.finding import Case, Finding, note
from workers.mail.server import MailServer, Sent

SECONDS: Final = 2.5
"""Less than a look has."""


def mail(case: Case) -> Iterator[Finding]:
    if not case.settings.sends_mail:
        if not case.lacks("smtp_url"):
            yield note(
                "No mail is sent, to authors or moderators: MODERATO_SMTP_URL is not set.",
                "Name a mail server in MODERATO_SMTP_URL, and a sender in MODERATO_MAIL_FROM, if you want it.",
            )
        return
    parts = urlsplit(case.settings.smtp_url)
    server = MailServer(case.settings, connect_seconds=SECONDS, total_seconds=SECONDS)
    if parts.query == "tls=off" and not _is_here(parts.hostname or ""):
        yield note(
            f"Mails, with readers' addresses in them, travel unencrypted to {server.where}.",
            "Leave ?tls=off out of MODERATO_SMTP_URL, unless the way there is your own.",
        )
    sent = server.probe()
    if not sent.ok:
        yield _away(server.where, sent)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _away(where: str, sent: Sent) -> Finding:
    if sent.why == "no_entry":
        return Finding(
            f"The mail server refuses us ({sent.status}): wrong user or password for {where}.",
            "Correct user and password in MODERATO_SMTP_URL (percent-encoded).",
        )
    if sent.why == "unencrypted":
        return Finding(
            f"The mail server offers no STARTTLS: {where}.",
            "Write smtps:// in MODERATO_SMTP_URL if it speaks TLS from the first byte; or ?tls=off, if the way there "
            "is your own.",
        )
    if sent.why == "certificate":
        return Finding(
            f"The mail server's certificate can't be believed: {where}.",
            "Use the name that stands in it; for an authority of your own, add that to the system's.",
        )
    if sent.why == "timeout":
        return Finding(
            f"The mail server did not answer in time: {where}.",
            "Look at its own log; see that the port and smtp:// or smtps:// fit together; then look at firewalls.",
        )
    if sent.why in {"refused", "not_supported"}:
        return Finding(
            f"The mail server turns us away ({sent.status or sent.why}): {where}.",
            "Look at its own log: it may not know this machine, or not want a password.",
        )
    return Finding(
        f"The mail server can't be reached: {where}.",
        "Start it, or correct MODERATO_SMTP_URL; until then mails wait, for up to three days.",
    )


LOOKS: Final = {"mail": mail}
