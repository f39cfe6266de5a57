"""How a reader looks at a discussion: the page it is on, the order of its threads, and the links that keep both."""

from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from service.web.discussion import Addressee


@dataclass(frozen=True, slots=True)
class View:
    """A discussion at an address, in an order. Made into links by the templates."""

    address: str
    newest_first: bool = False

    def query(self, **asked: str) -> str:
        """`?after=…`, with the order unless it is the usual one; nothing when there is nothing to ask."""
        named = asked | ({"order": "newest"} if self.newest_first else {})
        return f"?{urlencode(named)}" if named else ""

    def link(self, fragment: str = "comments", **asked: str) -> str:
        """The page that is asked for, at the element of that id."""
        return f"{self.address}{self.query(**asked)}#{fragment}"

    def at(self, comment_id: str, *, is_first_page: bool = False) -> str:
        """A comment: on the first page, or on the page that begins with it."""
        return self.link(f"c-{comment_id}", **({} if is_first_page else {"from": comment_id}))

    def other(self) -> "View":
        """The same discussion the other way round."""
        return View(self.address, newest_first=not self.newest_first)

    def addressed(self, addressee: Addressee) -> Markup:
        """The name of somebody who is answered, as a link to what they wrote."""
        there = f"#c-{addressee.id}" if addressee.is_here else self.at(addressee.id)
        return Markup('<a href="{}"><bdi>{}</bdi></a>').format(there, addressee.name)
