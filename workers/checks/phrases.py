"""The phrases of advertising that every site starts with: data for the check `spam_phrase`.

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
    "check my channel", "check my music", "check my video", "check my videos", "check out my channel",
    "check out my cover", "check out my covers", "check out my music", "check out my new", "check out my page",
    "check out my song", "check out my songs", "check out my site", "check out my website", "check out my video",
    "check out my videos", "check out my vids", "check out my youtube", "check out our channel",
    "check out our music", "check out our songs", "check out our video", "check out our videos",
    "check out our website", "check out this playlist on youtube", "check out this video on youtube",
    "come check out our", "visit my channel", "visit my page", "visit my site", "visit my website",
    "visit our website", "watch my video", "watch my videos", "my new video", "my youtube channel", "my channel",
    "like and subscribe", "like my page", "please like this comment", "please subscribe", "plz subscribe",
    "pls subscribe", "sub 4 sub", "sub4sub", "sub for sub", "sub my channel", "sub to me", "subscribe and like",
    "subscribe back", "subscribe me", "subscribe my", "subscribe plz", "subscribe to me", "subscribe to my",
    "subscribe to our", "thumbs this up", "thumbs up so", "add me on whatsapp", "contact me on whatsapp",
    "contact him on whatsapp", "text me on telegram", "follow me on instagram", "follow me on twitter",
    "buy followers", "cheap viagra", "earn from home", "earn money online", "make money from home",
    "make money online", "making money online", "my last pay check was", "my last paycheck was", "paid surveys",
    "per hour on the internet", "per hour working from home", "start working from home today",
    "work from home and earn", "binary options expert", "double your bitcoin", "forex signals", "free gift card",
    "free gift cards", "free iphone", "guaranteed profit", "hack any account", "hot singles", "love spell",
    "online pharmacy", "payday loan", "payday loans", "recover lost crypto", "recovered my lost funds",
    "spell caster",
)  # fmt: skip

SPAM_PHRASES: Final = FRENCH + ENGLISH
