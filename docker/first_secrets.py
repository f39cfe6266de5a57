"""Make the secrets of a first start, each in a file of the folder given; those that are there are left as they are.

Run by the service `secrets` of compose.yaml; every service reads of them what it needs. The keys that sign receipts can
be changed: `rotate` puts a new one in front, `drop ID` forgets an old one, whose receipts then open nothing any more.
"""

import os
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path

OURS_ALONE = 0o400
THE_DATABASE_TOO = 0o440  # it is a member of our group, and may read nothing else that lies there


def missing(folder: Path) -> Mapping[str, tuple[int, str]]:
    """What has to be made: the name of each file, its mode, and what is in it."""
    kept = folder / "database_password"
    password = kept.read_text(encoding="ascii").strip() if kept.exists() else secrets.token_hex(32)
    wanted = {
        "database_password": (THE_DATABASE_TOO, password),
        "database_url": (OURS_ALONE, f"postgresql://moderato:{password}@database/moderato"),
        "secret_keys": (OURS_ALONE, f"k1:{secrets.token_hex(32)}"),
        "author_secret": (OURS_ALONE, secrets.token_hex(32)),
    }
    return {name: each for name, each in wanted.items() if not (folder / name).exists()}


def keep(file: Path, mode: int, text: str) -> None:
    """Write it whole or not at all: half a key would be kept for ever."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="ascii") as opened:
        opened.write(text + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)


def keys(folder: Path) -> list[str]:
    """Each `ID:HEX`, the newest first."""
    return (folder / "secret_keys").read_text(encoding="ascii").strip().split(",")


def change_keys(folder: Path, kept: list[str]) -> str:
    keep(folder / "secret_keys", OURS_ALONE, ",".join(kept))
    return f"keys, the newest first: {', '.join(each.partition(':')[0] for each in kept)}; restart api and worker"


def rotate(folder: Path) -> str:
    return change_keys(folder, [f"k{int(time.time())}:{secrets.token_hex(32)}", *keys(folder)])


def drop(folder: Path, name: str) -> str:
    known = keys(folder)
    kept = [each for each in known if each.partition(":")[0] != name]
    if len(kept) == len(known) or not kept:
        sys.exit(f"there is no old key {name} to drop")
    return change_keys(folder, kept)


def first_start(folder: Path) -> str:
    made = missing(folder)
    for name, (mode, text) in made.items():
        keep(folder / name, mode, text)
    return f"made {', '.join(made)}: back them up" if made else "all secrets are there"


def main(folder: Path, *asked: str) -> str:
    os.umask(0o027)
    match asked:
        case ():
            return first_start(folder)
        case ("rotate",):
            return rotate(folder)
        case ("drop", name):
            return drop(folder, name)
        case _:
            sys.exit("say nothing more, or `rotate`, or `drop ID`")


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), *sys.argv[2:]))
