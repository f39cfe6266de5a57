"""Disguised words: letters nobody sees, from another script, set apart or replaced, so that no list sees the word."""

# ruff: noqa: RUF001 - Greek and Russian among the innocent texts are Greek and Russian

from collections.abc import Iterator

from service.domain.normal import normalise
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.terms import MOST

# One starred letter is politeness, one digit for a letter may be a brand.
ENOUGH = 0.3
_LONGEST_SHOWN = 24


@check(
    reasons=("obfuscation",),
    flags=(
        Context(body="Ce c\u043enn\u0430rd de ministre"),
        Context(body="Quel c o n n a r d"),
        Context(body="f.u.c.k off"),
        Context(body="s-u-b-s-c-r-i-b-e to my channel"),
        Context(body="fr33 m0n3y"),
        Context(body="c\u200bo\u200bn\u200bnard"),
        Context(body="\U0001d41f\U0001d42e\U0001d41c\U0001d424 you"),
        Context(body="\uff46\uff52\uff45\uff45 money"),
        Context(body="v\u0337\u0322\u031bo\u0335\u0358\u035dt\u0334\u0328\u031be\u0335 for me"),
        Context(body="s\U000e0061ubs\U000e0062cribe"),
        Context(body="c\u00ado\u00adn\u00adn\u00ada\u00adr\u00add"),
    ),
    passes=(
        Context(body="«\u00a0L’élève\u00a0!\u00a0» — cœur, naïf, 12\u202f000\u00a0€… n°\u00a05, 1ᵉʳ"),
        Context(body="De\u0301ja\u0300 vu, e\u0301crit sur un Mac"),
        Context(body="L'anti\u00adconsti\u00adtution\u00adnelle\u00adment de la cé\u00adré\u00admo\u00adnie"),
        Context(body="Bravo 👨‍👩‍👧‍👦 ❤️ 🏳️‍🌈 🇫🇷 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 1️⃣ 👍🏽"),
        Context(body="S.N.C.F., U.S.A., J.R.R. Tolkien, r.s.v.p. et c.q.f.d. ; P.-S. : a.k.a. M. et Mme"),
        Context(body="Il y a à boire et à manger, y a-t-il ? Plans A, B, C et D ; a b c d e"),
        Context(body="B R A V O les Bleus !"),
        Context(body="Un 4x4, H1N1, COVID-19, B2B, P2P, G20, 3G, CO2, 2e, 1er, mp3, PS5, 20h30, A380"),
        Context(body="CO₂, H₂SO₄, E = mc², x³ + α·β, TNFα, Δt < 5 µm, 37 ℃, 3 ½"),
        Context(body="for i in range(10): x_i = a*b + c**2  # $HOME, log4j, sha256, 0x1f, fe80::1"),
        Context(body="#MeToo #8mars @jo_3l33t https://a.example/p0rn?x=1&y=s3x jo.m4rtin@c0urs.example"),
        Context(body="99,99 €, $1,000, 5€/mois, 100%, 2+2=4, US$ 3.5bn, A$AP Rocky, Ke$ha"),
        Context(body="What the f*ck, dit-il."),
        Context(body="Les étudiant·e·s, les auteur*rice*s, tou.te.s les ami-e-s"),
        Context(body="Noooooon ! Pfffff… Louis XIII et Jean-Paul III"),
        Context(body="Это обычный русский комментарий про iPhone и НАТО, с уважением."),
        Context(body="Το σχόλιό μου για την Ελλάδα και το ΝΑΤΟ."),
        Context(body="هذا تعليق عادي، می‌خواهم בסדר גמור \u200fHTML\u200f"),
        Context(body="日本語のコメントです。ＡＢＣテレビのｉＰｈｏｎｅ、草ｗｗｗｗ"),
        Context(body="한국어 댓글 हिन्दी में क्‍या ไม่เป็นไรครับ Tiếng Việt có dấu, Türkçe ışık, Łódź, Straße"),
    ),
)  # fmt: skip
def obfuscation(comment: Context) -> Iterator[Signal]:
    """Words hidden from lists on purpose; what typography, emoji, formulas and other scripts do is innocent."""
    normal = normalise(comment.body)
    if normal.obfuscation >= ENOUGH:
        hidden = (comment.body[span.start : span.end][:_LONGEST_SHOWN] for span in normal.disguised)
        words = ", ".join(list(dict.fromkeys(hidden))[:MOST])
        yield Signal(
            "obfuscation", normal.obfuscation, {"count": len(normal.disguised), "words": words}, normal.disguised
        )
