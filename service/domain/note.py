"""What a reader writes in their own words about somebody else's comment: as it may be kept."""

import re
from typing import Final

LONGEST: Final = 1000
MASK: Final = "[e-mail]"

# Whatever stands around an @, as generously as addresses allow: a name with an @ too many in it is no loss here.
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"«»@\uff20\ufe6b]+[@\uff20\ufe6b](?:[\w-]+\.)*[\w-]+")


def without_addresses(note: str) -> str:
    """The note with a mask in place of every e-mail address.

    The reader may know the author, and no address is shown to a moderator by any way; and to write to the reader
    is nobody's business here, so that their own is not kept either.
    """
    return _ADDRESS.sub(MASK, note)
