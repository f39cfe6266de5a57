"""What members of staff do, by stable words: the object's kind, a dot, the verb. The audit log is made of them.

A word is never renamed and never reused: entries of years ago still name it.
"""

from enum import StrEnum
from typing import Final


class Act(StrEnum):
    """One kind of act. The part before the dot says what its object is."""

    DECIDE = "comment.decide"
    REPLY = "comment.reply"
    REVEAL = "comment.reveal"
    PUT_POLICY = "policy.put"
    PUT_SITE = "site.put"
    PUT_ARTICLE = "article.put"

    NOTE = "author.note"
    HOLD_AUTHOR = "author.hold"
    RELEASE_AUTHOR = "author.release"
    BADGE = "author.badge"
    BAN = "ban.make"
    LIFT = "ban.lift"
    ADD_MAILBOX = "mailbox.add"
    PUT_MAILBOX = "mailbox.put"
    ASK_MAILBOX = "mailbox.ask"
    REMOVE_MAILBOX = "mailbox.remove"
    ADD_WEBHOOK = "webhook.add"
    CHANGE_WEBHOOK = "webhook.change"
    ROTATE_WEBHOOK = "webhook.rotate"
    TEST_WEBHOOK = "webhook.test"
    REPLAY_WEBHOOK = "webhook.replay"
    REMOVE_WEBHOOK = "webhook.remove"
    CREATE_TOKEN = "token.create"  # noqa: S105 - a word for an act
    REVOKE_TOKEN = "token.revoke"  # noqa: S105 - likewise
    ROLL_BACK_MODEL = "model.rollback"
    SET_THRESHOLD = "threshold.set"
    SIGN_IN = "session.begin"
    SIGN_OUT = "session.end"

    @property
    def kind(self) -> str:
        """What the object of such an act is."""
        return self.value.partition(".")[0]


ABOUT: Final[dict[Act, str]] = {
    Act.DECIDE: "A comment was published, held or rejected: `action`, `before`, `version`, `reason`; with many "
    "others, `by` is what they were selected by, if whoever decided said so.",
    Act.REPLY: "The newsroom commented, and was published by it: under which `article`, in reply to which `parent`.",
    Act.REVEAL: "An owner was told the e-mail address of a comment's author: for what `reason`, never the address.",
    Act.PUT_POLICY: "The site's policy, or with `article` that of an article, got a new `version`; `changed` names "
    "what is different in it.",
    Act.PUT_SITE: "The site was changed: `changed` names what was given.",
    Act.PUT_ARTICLE: "An article was changed: `changed` names what was given.",
    Act.NOTE: "A `note` on an author was written; its text stays with the author.",
    Act.HOLD_AUTHOR: "All that an author sends is held from then on: `reason`.",
    Act.RELEASE_AUTHOR: "It is no longer: `reason`.",
    Act.BADGE: "An author got a `badge`, another one than `before`, or none.",
    Act.BAN: "A ban was made: its `kind`, `action`, `reason`, `expires_at`, and `author` if it is of one. The "
    "domain, the name or the words stay with the ban.",
    Act.LIFT: "A ban was lifted: `reason`.",
    Act.ADD_MAILBOX: "A mailbox of staff was added, known by its `label`. Its address is in no entry.",
    Act.PUT_MAILBOX: "What is sent to it was changed: `changed` names what was given.",
    Act.ASK_MAILBOX: "Its owner was asked once more whether they want it: its `label`.",
    Act.REMOVE_MAILBOX: "It was removed, address and all: its `label`.",
    Act.ADD_WEBHOOK: "A webhook was made: for which `types` of events (none: all), and whether it is `active`. Its "
    "address stays with it.",
    Act.CHANGE_WEBHOOK: "A webhook was changed: `changed` names what was given.",
    Act.ROTATE_WEBHOOK: "A webhook got a new secret; the one before signs too for so many `hours`.",
    Act.TEST_WEBHOOK: "A webhook was sent a ping.",
    Act.REPLAY_WEBHOOK: "An `event` is told to a webhook again (`delivery`), or all that failed `since` then "
    "(`count`).",
    Act.REMOVE_WEBHOOK: "A webhook was removed, with the log of what it was told.",
    Act.CREATE_TOKEN: "A token was made, known by its prefix: its `role`, and `days` until it lapses.",
    Act.REVOKE_TOKEN: "A token was revoked: its `role`.",
    Act.ROLL_BACK_MODEL: "Another version of what decisions taught serves: `version` (null: none) instead of `before`. "
    "The object is the category.",
    Act.SET_THRESHOLD: "By itself, from people's decisions: the threshold that a bound of the policy asks for became "
    "another one. Its `kind`, `before`, `at` (null: off), and what that rests on: `state`, `asked`, `errors`, `upper`, "
    "`bound`. The object is the category.",
    Act.SIGN_IN: "A browser was let into the desk by the token.",
    Act.SIGN_OUT: "A browser was let out; or all that the token had let in, `everywhere` of them.",
}
"""What each says, and what its data holds; for the reference page."""
KINDS: Final = tuple(dict.fromkeys(act.kind for act in Act))
