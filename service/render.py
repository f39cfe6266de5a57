"""A comment's text as safe HTML: a small Markdown, rendered once, when the comment is published; cleaned last.

Links, emphasis, quotes, lists and code; no images, no headings, no raw HTML. The raw text is stored unaltered.
"""

from typing import Final

import nh3
from markdown_it import MarkdownIt

RENDERER_VERSION: Final = 1

_MARKDOWN: Final = MarkdownIt(
    "zero", {"html": False, "linkify": True, "breaks": True, "maxNesting": 12, "typographer": False}
).enable(
    [
        "blockquote",
        "list",
        "fence",
        "newline",
        "escape",
        "backticks",
        "emphasis",
        "link",
        "autolink",
        "entity",
        "linkify",
    ]
)
if _MARKDOWN.linkify is not None:
    _MARKDOWN.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})

_CLEANER: Final = nh3.Cleaner(
    tags={"p", "br", "a", "em", "strong", "blockquote", "ul", "ol", "li", "code", "pre"},
    attributes={"a": {"href"}, "ol": {"start"}},
    link_rel="nofollow ugc noopener",
    url_schemes={"http", "https"},
)


def render(body: str) -> str:
    """The comment's HTML. Whatever the renderer made, the cleaner has the last word."""
    return _CLEANER.clean(_MARKDOWN.render(body)).strip()
