"""A comment's text as safe HTML: a small Markdown, rendered once, when the comment is published; cleaned last.

Links, emphasis, quotes, lists and code; no images, no headings, no raw HTML. The raw text is stored unaltered.
"""

import re
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

RENDERER_VERSION: Final = 1


class _Markdown(MarkdownIt):
    """Links lead to the web: no path on whatever page the comment stands on, no other scheme. Else they stay text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's own name
        return url.lower().startswith(("http://", "https://"))


_MARKDOWN: Final = _Markdown("zero", {"html": False, "breaks": True, "maxNesting": 12, "typographer": False}).enable(
    ["blockquote", "list", "fence", "newline", "escape", "backticks", "emphasis", "link", "autolink", "entity"]
)

_CLEANER: Final = nh3.Cleaner(
    tags={"p", "br", "a", "em", "strong", "blockquote", "ul", "ol", "li", "code", "pre"},
    attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
    link_rel="nofollow ugc noopener",
    url_schemes={"http", "https"},
)

_SCHEME: Final = re.compile(r"(?:^|[^a-z0-9.+-])(https?)\Z", re.IGNORECASE)
_REST: Final = re.compile(r"://(?:[\w-]+\.)+\w\w+(?::\d{1,5})?(?:[/?#][^\s<>\"`]*)?")
_TRAILING: Final = frozenset(".,;:!?'*_~)]}»”’…")
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


def render(body: str) -> str:
    """The comment's HTML. Whatever the renderer made, the cleaner has the last word."""
    return _CLEANER.clean(_MARKDOWN.render(body)).strip()


def _bare_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's own signature
    """`https://…` in running text becomes a link.

    A rule of our own, in linear time: the library for it spends minutes on 64 KiB of `http://[http://[…`.
    """
    if state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-6:])
    rest = _REST.match(state.src, state.pos, state.posMax) if scheme else None
    if scheme is None or rest is None:
        return False
    address = scheme[1] + _without_trailing(rest[0])
    target = state.md.normalizeLink(address)
    if not state.md.validateLink(target):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        state.push("link_open", "a", 1).attrs = {"href": target}
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos += len(address) - len(scheme[1])
    return True


def _without_trailing(address: str) -> str:
    """An address without the sentence's punctuation behind it; a bracket stays if it was opened inside."""
    end = len(address)
    surplus = {shut: address.count(shut) - address.count(opened) for shut, opened in _PAIRS.items()}
    while address[end - 1] in _TRAILING:
        last = address[end - 1]
        if last in surplus:
            if surplus[last] <= 0:
                break
            surplus[last] -= 1
        end -= 1
    return address[:end]


_MARKDOWN.inline.ruler.after("text", "bare_address", _bare_address)
