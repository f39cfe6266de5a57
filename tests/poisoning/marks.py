"""The words that poison a text, once `sitecustomize` beside this file is at work."""

from typing import Final

CRASH: Final = "zqx-crash-zqx"
HANG: Final = "zqx-hang-zqx"
