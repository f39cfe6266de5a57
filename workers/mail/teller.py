"""Tells deliveries by mail. The address is read when a mail is sent, and is in nothing that is kept or logged."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from email.errors import MessageError
from email.utils import parseaddr
from typing import Any

from service.keys import Keys
from service.settings import Settings
from service.store.session import Database
from workers.mail.letter import Envelope, as_ascii, message
from workers.mail.server import MailServer
from workers.mail.written import Writer
from workers.told import Told


class Mails:
    """Tells authors and staff by mail, if there is a mail server."""

    def __init__(self, settings: Settings, database: Database, now: Callable[[], datetime]) -> None:
        self._server = MailServer(settings) if settings.sends_mail else None
        self._sender = settings.mail_from
        self._writer = Writer(Keys(settings), settings.public_url)
        self._database = database
        self._now = now

    async def tell(self, delivery: Any) -> Told:
        """One attempt. Never raises what a mail server could cause."""
        if self._server is None:
            return Told(ok=False, why="off", final=True)
        return await asyncio.to_thread(self._tell, self._server, delivery)

    def _tell(self, server: MailServer, delivery: Any) -> Told:
        now = self._now()
        with self._database.read() as connection:
            written = self._writer.write(connection, delivery, now)
        if written is None:
            return Told(ok=True, why="not_wanted")
        try:
            recipient = as_ascii(written.recipient.reveal())
            made = message(written.letter, Envelope(self._sender, recipient, delivery.id, written.stop), now)
        except (ValueError, MessageError):  # an address that no header can hold; what is wrong would quote it
            return Told(ok=False, why="bad_address", final=True)
        sent = server.send(made, as_ascii(parseaddr(self._sender)[1]), recipient)
        return Told(ok=sent.ok, why=sent.why, status=sent.status, final=sent.final)
