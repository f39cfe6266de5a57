"""The phrases of advertising that every site starts with: data for the checks `spam_phrase` and `invitation`.

Short on purpose, and phrases rather than words: `casino`, `crypto`, `viagra`, `prêt` and `bitcoin` are news as well.
Matched as whole words, without case or accents.
"""

from typing import Final

FRENCH: Final = (
    "abonne toi à ma chaîne", "abonnez vous à ma chaîne", "abonnez vous à ma page", "venez voir ma chaîne",
    "visitez ma chaîne", "visitez mon site", "visitez notre site", "cliquez sur mon profil",
    "suivez moi sur instagram", "ajoutez moi sur whatsapp", "contactez moi sur whatsapp", "contactez le sur whatsapp",
    "contactez la sur whatsapp", "contactez moi sur telegram", "écrivez moi sur telegram", "consultant en crédit",
    "crédit entre particuliers", "prêt entre particuliers", "offre de prêt", "offres de prêt", "prêteur particulier",
    "gagner de l'argent en ligne", "gagnez de l'argent en ligne", "gagner de l'argent rapidement",
    "doublez votre mise", "casino en ligne gratuit", "faire revenir son ex", "grand marabout", "maître marabout",
    "multiplication d'argent", "retour affectif", "retour de l'être aimé", "rituel d'amour", "voyance gratuite",
    "voyant médium sérieux", "acheter du viagra", "viagra en ligne", "plan cul", "rencontre coquine",
    "rencontres coquines",
)  # fmt: skip

ENGLISH: Final = (
    "add me on whatsapp", "binary options expert", "buy followers", "cheap viagra", "check it out at", "check me out",
    "check my channel", "check my music", "check my video", "check my videos", "check out my channel",
    "check out my cover", "check out my covers", "check out my music", "check out my new", "check out my page",
    "check out my site", "check out my song", "check out my songs", "check out my video", "check out my videos",
    "check out my vids", "check out my website", "check out my youtube", "check out our channel",
    "check out our cover", "check out our music", "check out our new", "check out our songs", "check out our video",
    "check out our videos", "check out our website", "check out this playlist on youtube",
    "check out this video on youtube", "click the link", "come check out our", "contact him on whatsapp",
    "contact me on whatsapp", "double your bitcoin", "earn from home", "earn money online", "follow 4 follow",
    "follow for follow", "follow me on instagram", "follow me on twitter", "follow my", "forex signals",
    "free gift card", "free gift cards", "free iphone", "get paid to", "guaranteed profit", "hack any account",
    "help me get", "hot singles", "join me on", "like 4 like", "like and subscribe", "like for like", "like my page",
    "love spell", "make money from home", "make money online", "making money online", "more subscribers",
    "my channel", "my last pay check was", "my last paycheck was", "my new video", "my youtube channel",
    "new subscribers", "online pharmacy", "paid surveys", "payday loan", "payday loans", "per hour on the internet",
    "per hour working from home", "please like this comment", "please share this", "please subscribe",
    "pls subscribe", "plz subscribe", "recover lost crypto", "recovered my lost funds", "sign up for free",
    "spell caster", "start working from home today", "sub 4 sub", "sub for sub", "sub my channel", "sub to me",
    "sub4sub", "subscribe and like", "subscribe back", "subscribe if", "subscribe me", "subscribe my",
    "subscribe plz", "subscribe to me", "subscribe to my", "subscribe to our", "text me on telegram",
    "thumbs this up", "thumbs up so", "visit my channel", "visit my page", "visit my site", "visit my website",
    "visit our website", "watch my video", "watch my videos", "work from home and earn",
)  # fmt: skip

SPAM_PHRASES: Final = FRENCH + ENGLISH

# Innocent on their own; beside a web address they are how advertising speaks.
INVITATIONS: Final = (
    "abonnez vous", "cliquez", "code promo", "commandez", "découvrez comment", "inscrivez vous", "livraison gratuite",
    "rejoignez nous", "suivez moi", "suivez nous", "venez voir", "best price", "check it out", "check out", "click",
    "come check", "donate to", "follow me", "follow us", "free shipping", "join me", "join us", "like and share",
    "order now", "please donate", "please like", "please open", "please share", "please subscribe", "please visit",
    "please vote", "promo code", "sign up", "subscribe", "visit our", "visit us", "website called",
)  # fmt: skip
