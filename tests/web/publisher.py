"""A publisher's own web server, on another origin than the service: its pages include the widget as the guide says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

FILLER = (
    "<p>Un paragraphe de l’article, comme il y en a d’autres, pour que la discussion soit plus bas que l’écran.</p>"
)


def policy(service: str) -> str:
    """The strictest a publisher may be: what docs/guides/publisher.md names, and nothing else."""
    return (
        f"default-src 'none'; style-src 'self'; script-src {service}; connect-src {service}; "
        "require-trusted-types-for 'script'; trusted-types moderato"
    )


def article(service: str, site: str, key: str, *, attributes: str = "", before: str = "", language: str = "fr") -> str:
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>Le pont · La Gazette</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/page.css">
<script type="module" src="{service}/embed.js"></script></head>
<body><main><h1>Le pont</h1>{before}
<moderato-comments site="{site}" article="{key}" {attributes}>
<a href="{service}/sites/{site}/articles/{key}">Commentaires</a></moderato-comments>
</main><footer>La Gazette</footer></body></html>"""


STYLE = """
body { margin: 0; background: #fff; color: #222; font: 17px/1.6 Georgia, serif; }
main, footer { max-width: 42rem; margin: auto; padding: 1rem; }
.room:not(:defined) { display: block; min-block-size: 100vh; }
@media (prefers-color-scheme: dark) { body { background: #16171a; color: #eee; } }
"""


class Publisher:
    """Serves the pages that a test has put into `pages`, by path."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.pages: dict[str, str] = {}
        self.policy = policy(service)
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = unquote(urlsplit(self.path).path)
                found = STYLE if path == "/page.css" else publisher.pages.get(path)
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/css" if path.endswith(".css") else "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", publisher.policy)
                self.end_headers()
                self.wfile.write((found or "").encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_port}"

    def put(self, path: str, page: str) -> str:
        """Publish a page. Its address."""
        self.pages[path] = page
        return self.origin + path


@contextmanager
def publishing(service: str) -> Iterator[Publisher]:
    publisher = Publisher(service)
    thread = threading.Thread(target=publisher.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield publisher
    publisher.server.shutdown()
    thread.join()
    publisher.server.server_close()


class Watched:
    """The service, and what it was asked and answered: `GET /v1/… 200`, in order."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.answers: list[str] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        def start(status: str, *rest: Any) -> Any:
            self.answers.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {status[:3]}")
            return start_response(status, *rest)

        return self.app(environ, start)


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the server's own signature
        pass


@contextmanager
def serving(app: Flask | Watched) -> Iterator[str]:
    """The service behind a real port. Its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
