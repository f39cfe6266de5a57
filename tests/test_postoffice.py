"""The mail server of the tests leaves nothing open: what it left would fail whichever test comes next."""

import gc
import smtplib
import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postoffice import PostOffice, certificate

HOST = "127.0.0.1"


@contextmanager
def nothing_left() -> Iterator[None]:
    gc.collect()
    with warnings.catch_warnings(record=True) as leavings:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert not leavings, [str(each.message) for each in leavings]


def is_hung_up_on(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_who_still_talks_is_hung_up_on() -> None:
    with nothing_left():
        with PostOffice() as office:
            talking = socket.create_connection((HOST, office.port), 10)
            assert talking.recv(100).startswith(b"220 ")
        with talking:
            assert is_hung_up_on(talking)


def test_who_comes_in_as_it_shuts_is_hung_up_on() -> None:
    with nothing_left():
        with PostOffice() as office:
            late = [socket.create_connection((HOST, office.port), 10) for _ in range(20)]
        for each in late:
            with each:
                while not is_hung_up_on(each):
                    pass


@pytest.mark.parametrize("secure", [False, True])
def test_who_still_talks_in_secret_is_hung_up_on(tmp_path: Path, *, secure: bool) -> None:
    made = certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(made))
    with nothing_left():
        with PostOffice(tls=made, secure=secure) as office:
            if secure:
                talking: smtplib.SMTP = smtplib.SMTP_SSL(HOST, office.port, timeout=10, context=trust)
            else:
                talking = smtplib.SMTP(HOST, office.port, timeout=10)
                talking.starttls(context=trust)
            assert talking.noop()[0] == 250
        with pytest.raises(smtplib.SMTPServerDisconnected):
            talking.noop()
        talking.close()
