"""The insults and slurs that every site starts with: data for the check `blocked_word`.

Short on purpose. A term is listed only if a news comment that uses it is hardly ever innocent. `con`, `débile`, `idiot`
and `shit` are not; nor are words that name a group (`juif`, `gay`, `noir`); nor words that are innocent elsewhere:
trains have `retards`, Germany has the `FDP`, mice have `tapettes`. A site adds its own.
Matched as whole words, without case or accents; plurals are written out.
"""

from typing import Final

FRENCH: Final = (
    "bougnoul", "bougnoule", "bougnoules", "bouffon de merde", "bande de bâtards", "espèce de bâtard", "sale bâtard",
    "connard", "connards", "connasse", "connasses", "conne de merde", "crouille", "crouilles", "enculé", "enculés",
    "enculée", "enculées", "enculer ta mère", "espèce de con", "espèce de merde", "face de merde", "ferme ta gueule",
    "ferme ta grande gueule", "fils de chienne", "fils de pute", "fils de putes", "gros con", "grosse conne",
    "grosse pute", "grosse merde", "grosse tapette", "gouinasse", "je vais te buter", "je vais te crever",
    "je vais te tuer", "lopette", "lopettes", "nique ta mère", "nique ta race", "niquez vos mères", "pédale de merde",
    "pédé", "pédés", "pétasse", "pétasses", "petite pute", "pouffiasse", "pouffiasses", "raclure de bidet",
    "raton de merde", "sale arabe", "sales arabes", "sale chienne", "sale chinois", "sale feuj", "sale gouine",
    "sale juif", "sale juive", "sales juifs", "sale nègre", "sales nègres", "sale négro", "sale noir", "sales noirs",
    "sale pute", "sale race", "sale tapette", "salope", "salopes", "sous merde", "sous merdes", "ta mère la pute",
    "tafiole", "tafioles", "tête de con", "trou du cul", "trous du cul", "va te faire enculer", "va te faire foutre",
    "vas te faire foutre", "allez vous faire foutre", "va te faire mettre", "va te pendre", "youpin", "youpins",
    "youpine", "youtre", "youtres",
)  # fmt: skip

ENGLISH: Final = (
    "asshole", "assholes", "assclown", "bitch ass", "camel jockey", "cocksucker", "cocksuckers", "cunt", "cunts",
    "dickhead", "dickheads", "dipshit", "dipshits", "douchebag", "douchebags", "dumb bitch", "dumb fuck", "dumbfuck",
    "faggot", "faggots", "fuckface", "fucktard", "fucktards", "fuckwit", "fucking retard", "fuck off", "fuck u",
    "fuck you", "fuck yourself", "gook", "gooks", "i will kill you", "jigaboo", "kikes", "kill yourself", "kys",
    "mother fucker", "motherfucker", "motherfuckers", "nigga", "niggas", "nigger", "niggers", "piece of shit",
    "pieces of shit", "porch monkey", "raghead", "ragheads", "sand nigger", "shitbag", "shithead", "shitheads",
    "shut the fuck up", "slut", "sluts", "spics", "stfu", "stupid bitch", "suck my cock", "suck my dick", "towelhead",
    "towelheads", "tranny", "trannies", "twat", "wetback", "wetbacks", "whore", "whores", "you bitch", "you retard",
)  # fmt: skip

INSULTS: Final = FRENCH + ENGLISH
