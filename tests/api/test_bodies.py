"""What is refused before it is read as a comment: by its type, its size, its encoding, or its tricks."""

import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from service.api.body import MAX_BYTES
from service.settings import Settings
from tests.api.told import told
from tests.factories import ARTICLE, House, a_submission, environment
from tests.servers import PATIENCE, api, workplace

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def send(house: House, data: bytes, content_type: str | None = JSON, **headers: str) -> Any:
    return house.client.post(
        f"{ARTICLE}/comments",
        data=data,
        content_type=content_type,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


GOOD = json.dumps(a_submission()).encode()

BROKEN = {
    "nothing": b"",
    "half": GOOD[:-9],
    "more after the end": GOOD + b"{}",
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "invalid UTF-8": GOOD.replace(b"Une", b"\xff\xfe"),
    "a surrogate in UTF-8": GOOD.replace(b"Une", b"\xed\xa0\x80"),
    "Latin-1": json.dumps({"name": "é"}, ensure_ascii=False).encode("latin-1"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-32": GOOD.decode().encode("utf-32-le"),
    "an integer of 5,000 digits": b'{"name": ' + b"9" * 5000 + b"}",
    "10,000 arrays": b'{"name": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "10,000 objects": b'{"name":' * 10_000 + b"1" + b"}" * 10_000,
    "100,000 arrays never closed": b"[" * 100_000,
    "20 arrays": b'{"name": ' + b"[" * 20 + b"]" * 20 + b"}",
    "a key twice": GOOD[:-1] + b', "name": "Someone else"}',
    "a key twice, spelled otherwise": GOOD[:-1] + b', "n\\u0061me": "Someone else"}',
    "a key twice, deep inside": b'{"name": {"a": [{"b": 1, "b": 2}]}}',
    "a control character unescaped": b'{"name": "a\x00b"}',
    "single quotes": b"{'name': 'x'}",
    "a comment": b'/* hello */ {"name": "x"}',
    "an array": b"[]",
    "text": b'"name"',
    "a number": b"1",
    "null": b"null",
    "a form": b"name=x&email=y",
}


def test_what_is_not_a_json_object_without_hiding_places_is_400(small_house: House) -> None:
    assert {name: send(small_house, data).status_code for name, data in BROKEN.items()} == dict.fromkeys(BROKEN, 400)


def test_what_is_json_but_odd_is_told_by_field(small_house: House) -> None:
    for odd in (b'{"name": 1e999}', b'{"name": ' + b"9" * 4000 + b"}", b'{"name": -0}', b'{"name": "\\ud800"}'):
        told(send(small_house, odd), 422)


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "text/json", "multipart/form-data; boundary=x", "application/xml", "application/jsonp",
     "application/problem+json", "application/json, text/html", "json"],
)  # fmt: skip
def test_only_json_and_plain_forms_are_taken(small_house: House, content_type: str | None) -> None:
    told(send(small_house, GOOD, content_type), 415)


def test_a_charset_may_be_named(small_house: House) -> None:
    for content_type in (
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        'application/json; a="b"',
    ):
        assert send(small_house, json.dumps(a_submission()).encode(), content_type).status_code == 202


def test_nothing_is_unpacked(small_house: House) -> None:
    told(send(small_house, gzip.compress(GOOD), Content_Encoding="gzip"), 415)
    told(send(small_house, gzip.compress(b"[" * 10_000_000), Content_Encoding="gzip"), 415)
    for encoding in ("br", "deflate", "identity, gzip", "x"):
        told(send(small_house, GOOD, Content_Encoding=encoding), 415)
    assert send(small_house, GOOD, Content_Encoding="identity").status_code == 202


def test_the_longest_text_passes_even_when_every_byte_of_it_is_escaped(small_house: House) -> None:
    body = "\u00e9" * (65_525 // 2)
    escaped = json.dumps(a_submission(body=body)).encode()

    assert len(escaped) > 190_000
    assert send(small_house, escaped).status_code == 202


def test_more_than_the_limit_is_too_much_whatever_it_is(small_house: House) -> None:
    document = told(send(small_house, b"{" * (MAX_BYTES + 1), Accept_Language="en"), 413, "too_large")

    assert document["title"] == "The request is too large: 256 KiB at most."
    told(send(small_house, b"{" * MAX_BYTES), 400)


# A real server: what a client says of its body's length, and what it sends.


@pytest.fixture(scope="module")
def port(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    path = tmp_path_factory.mktemp("bodies") / "moderato.db"
    path.write_bytes(sqlite_template.read_bytes())
    env = environment(f"sqlite:///{path}", f"unix://{workplace()}/nobody.sock", MODERATO_API_PROCESSES="1")
    house = House(Settings.from_env(env))
    house.add_site()
    house.close()
    process, address = api(env)
    yield int(address.rsplit(":", 1)[1])
    process.terminate()


def talk(port: int, headers: str, *parts: bytes, content_type: str = JSON, stop: bool = False) -> str:
    """The first line and all else of what the server answers to a request written by hand."""
    head = f"POST {ARTICLE}/comments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        try:
            client.sendall(f"{head}{headers}\r\n\r\n".encode())
            for part in parts:
                client.sendall(part)
            if stop:
                client.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        answer = b""
        try:
            while more := client.recv(65536):
                answer += more
        except ConnectionResetError:
            pass  # it had answered, and read no further
    return answer.decode()


def in_chunks(data: bytes, size: int = 4096) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


def test_a_body_in_chunks_is_a_body(port: int) -> None:
    good = json.dumps(a_submission()).encode()

    assert talk(port, "Transfer-Encoding: chunked", *in_chunks(good, 7)).startswith("HTTP/1.1 202 ")


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 5_000_000])
@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_a_body_in_too_many_chunks_is_413(port: int, size: int, content_type: str) -> None:
    long = b"body=" + b"x" * size

    answer = talk(port, "Transfer-Encoding: chunked", *in_chunks(long, 65536), content_type=content_type)

    assert answer.startswith("HTTP/1.1 413 ")


def test_a_body_announced_as_too_long_is_413_before_it_is_sent(port: int) -> None:
    assert talk(port, f"Content-Length: {MAX_BYTES + 1}").startswith("HTTP/1.1 413 ")


@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_half_a_comment_is_not_a_comment(port: int, content_type: str) -> None:
    """A connection lost in a tunnel: what came may well read as a whole."""
    whole = json.dumps(a_submission()).encode()

    answer = talk(port, f"Content-Length: {len(whole) + 100}", whole, content_type=content_type, stop=True)

    assert answer.startswith("HTTP/1.1 400 ")


def test_a_body_longer_than_announced_is_cut_there(port: int) -> None:
    whole = json.dumps(a_submission()).encode()

    assert talk(port, f"Content-Length: {len(whole) - 3}", whole).startswith("HTTP/1.1 400 ")


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "5, 6", "99999999999999999999999"])
def test_a_length_that_is_none_is_400_or_413(port: int, length: str) -> None:
    assert talk(port, f"Content-Length: {length}", GOOD)[:12] in {"HTTP/1.1 400", "HTTP/1.1 413"}
