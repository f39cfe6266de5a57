"""Somebody's telephone, address or account in a comment: whoever it belongs to has not asked to be found."""

import re
from collections.abc import Iterator
from typing import Final

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

# Every repetition is bounded, and begins where no digit or letter goes before: the work grows with the text only.
_SEP: Final = r"[ .\u00a0\u202f-]?"
_FRENCH_PHONE: Final = rf"(?<![\w+.,/=-])(?:(?:\+|00)33{_SEP}(?:\(0\){_SEP})?|0)([1-79])(?:{_SEP}\d{{2}}){{4}}(?![\w-])"
_PHONE: Final = rf"(?<![\w+.,/=-])\+(?!33)[1-9]\d{{0,2}}{_SEP}\(?\d{{1,4}}\)?(?:{_SEP}\d{{2,4}}){{2,4}}(?![\w-])"
_US_PHONE: Final = r"(?<![\w+.,/=-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}(?![\w-])"
_EMAIL: Final = r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z\d-]{1,63}\.){1,4}[a-z]{2,24}(?![\w@])"
_IBAN: Final = r"(?<!\w)[a-z]{2}\d{2}(?:[ \u00a0]?[a-z\d]{2,4}){3,8}(?!\w)"
_CARD: Final = r"(?<![\w+.,/=-])\d{4}([ .-]?)\d{4}\1\d{4}\1\d{3,4}(?![\w-])"
_MONTH: Final = r"(?:0[1-9]|1[0-2]|[2-9]\d)"
_SOCIAL: Final = (
    rf"(?<![\w+.,/=-])[12]{_SEP}\d{{2}}{_SEP}{_MONTH}{_SEP}(?:\d{{2}}|2[ab]){_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{2}}"
    r"(?![\w-])"
)
_STREET: Final = (
    r"(?<![\w,.])\d{1,4} ?(?:bis|ter)?,? {1,2}(?:rue|avenue|av\.|boulevard|bd|chemin|allée|impasse|place|quai|route|"
    r"cours|square|passage)\b[^\n\d,;.!?]{2,60},? {0,2}(?:à )?(?:F-)?\d{5}\b"
)
_US_STREET: Final = (
    r"(?<![\w,.])\d{1,5} (?:[A-Z][a-z]{1,20} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd)\b"
    r"\.?,? (?:(?:Apt|Unit|#) ?\w{1,5},? )?(?:[A-Z][a-z]{1,20} ?){1,3},? "
    r"(?:[A-Z]{2} \d{5}|[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2})\b"
)
_KINDS: Final = {
    "phone": re.compile(rf"{_FRENCH_PHONE}|{_PHONE}|{_US_PHONE}"),
    "email": re.compile(_EMAIL, re.IGNORECASE),
    "iban": re.compile(_IBAN, re.IGNORECASE),
    "card": re.compile(_CARD),
    "social_security": re.compile(_SOCIAL, re.IGNORECASE),
    "address": re.compile(f"(?i:{_STREET})|{_US_STREET}"),
}
# Numbers that anybody may call: free ones, and those by the minute.
_PUBLIC: Final = re.compile(r"(?:\+33|0033|0)8")
_OFFICES: Final = frozenset(
    {
        "abonnement", "accueil", "contact", "courrier", "info", "infos", "moderation", "press", "presse", "redaction",
        "rgpd", "dpo", "privacy", "service", "sav", "support", "webmaster", "letters", "newsroom", "editor", "help",
        "noreply", "hello", "mairie",
    }
)  # fmt: skip
_SURE: Final = {"phone": 0.8, "email": 0.6, "iban": 1.0, "card": 1.0, "social_security": 1.0, "address": 0.8}


@check(
    reasons=("personal_data",),
    flags=(
        Context(body="Appelez-le au 06 12 34 56 78, il sera ravi."),
        Context(body="Son numéro : +33 (0)1.23.45.67.89"),
        Context(body="Call her: +44 20 7946 0958"),
        Context(body="Reach him at (212) 555-0142."),
        Context(body="Écrivez à camille.martin@exemple.fr"),
        Context(body="Virement sur FR76 3000 6000 0112 3456 7890 189, merci"),
        Context(body="Ma carte : 4111 1111 1111 1111"),
        Context(body="Numéro de sécu : 2 69 05 49 588 157 80"),
        Context(body="Il habite 12 rue de la Paix, 75002 Paris."),
        Context(body="He lives at 42 Elm Street, Springfield, IL 62704"),
    ),
    passes=(
        Context(body="Le 112, le 3919 et le 3114 répondent jour et nuit."),
        Context(body="Appelez le 0 800 123 456, c'est gratuit, ou le 08 00 12 34 56."),
        Context(body="Écrivez à redaction@journal.example, ils répondent."),
        Context(body="Le budget passe de 1 234 567 890 à 2 345 678 901 euros entre 2019 et 2024."),
        Context(body="Le score : 06 12 34 56"),
        Context(body="ISBN 978-2-07-036024-8, page 123"),
        Context(body="Elle a régné de 1973-1977 1983-1989, puis plus."),
        Context(body="Commande n° 1234 5678 9012 3456"),
        Context(body="Rendez-vous 12 rue de la Paix, samedi."),
        Context(body="Ils étaient 15 000 rue de la République, puis 20 000 place Bellecour."),
        Context(body="https://a.example/0612345678?id=4111111111111111"),
        Context(body="Le FR76 de mon enfance"),
        Context(body="Le 01/02/2023, puis le 03.04.2024 : 10 % puis 12,5 %."),
    ),
)
def personal_data(comment: Context) -> Iterator[Signal]:
    """A telephone number, an e-mail address, an account, a card or a street address. The sentence never repeats it."""
    found = list(_found(comment.body))
    if found:
        kinds = dict.fromkeys(kind for kind, _ in found)
        yield Signal(
            "personal_data",
            max(_SURE[kind] for kind in kinds),
            {"count": len(found), "kinds": ", ".join(kinds)},
            tuple(span for _, span in found),
        )


def _found(body: str) -> Iterator[tuple[str, Span]]:
    """What it is and where, in the order of the text."""
    if not any(mark.isdigit() or mark == "@" for mark in body):
        return
    found = (
        (kind, Span(*match.span()))
        for kind, pattern in _KINDS.items()
        for match in pattern.finditer(body)
        if _holds(kind, match[0])
    )
    yield from sorted(found, key=lambda one: (one[1].start, one[0]))


def _holds(kind: str, written: str) -> bool:
    digits = "".join(filter(str.isdigit, written))
    match kind:
        case "phone":
            return not _PUBLIC.match(re.sub(r"[^\d+]", "", written)) and len(digits) >= 9
        case "email":
            return written.partition("@")[0].lower() not in _OFFICES
        case "iban":
            return _iban(re.sub(r"\s", "", written).upper())
        case "card":
            return _luhn(digits) and len(set(digits)) > 2 - (digits[0] == "4")
        case "social_security":
            return _social_security(re.sub(r"[^\dA-Za-z]", "", written).upper())
        case _:
            return True


def _iban(account: str) -> bool:
    """The check digits of ISO 13616: the account, its head last and its letters as numbers, is 1 modulo 97."""
    if not 15 <= len(account) <= 34:
        return False
    return int("".join(str(int(mark, 36)) for mark in account[4:] + account[:4])) % 97 == 1


def _luhn(digits: str) -> bool:
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0


def _social_security(number: str) -> bool:
    """France's key: 97 less the number modulo 97; Corsica's letters count as 19 and 18."""
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return len(number) == 15 and body.isdigit() and 97 - int(body) % 97 == int(number[13:])
