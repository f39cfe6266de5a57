"""Lines of CSV that are safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from typing import Final

_FORMULA: Final = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


def csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: names of tokens and ids of articles are anybody's invention."""
    begins = cell.lstrip(" \n\u00a0\ufeff")[:1]
    return f"'{cell}" if begins in _FORMULA and begins else cell
