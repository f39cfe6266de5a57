"""Flattery with a link, as it reaches blogs and newspapers: text, website, name. For measuring; nothing here is learnt."""

from typing import Final

FLATTERY: Final[tuple[tuple[str, str, str], ...]] = (
    ("I am truly pleased to read this blog posts which contains tons of helpful data, thanks for providing these.", "https://cheapseo.example/", "Marvin"),
    ("Awesome issues here. I'm very satisfied to look your article. Thanks so much.", "https://slotgame88.example/", "slot gacor"),
    ("This is my first time visit at here and i am really happy to read all at one place.", "http://roof-cleaning.example", "Ezra"),
    ("What a material of un-ambiguity and preserveness of precious experience.", "https://buybacklinks.example", "Lou"),
    ("Hey very cool web site!! Guy .. Beautiful .. Amazing .. I will bookmark your web site.", "https://lawnmower.example/best", "best lawn mower"),
    ("Pretty nice post. I just stumbled upon your weblog and wanted to mention that I have really loved surfing around.", "https://cbd-oil-shop.example", "Tonia"),
    ("Nice respond in return of this difficulty with genuine arguments and telling everything about that. http://payday.example", "", "Ned"),
    ("It's an awesome article in favor of all the internet people; they will take advantage from it I am sure. www.vape-deals.example", "", "Uta"),
    ("Thank you for the auspicious writeup. It in fact was a amusement account it. Look advanced to more added agreeable from you! https://escorts.example", "", "Rosa"),
    ("Keep on writing, great job! https://webhosting-deals.example/", "", "Hosting"),
    ("I think the admin of this web page is really working hard in support of his site, because here every material is quality based.", "https://phonespy.example", "Dale"),
    ("Right here is the perfect blog for anybody who really wants to understand this topic.", "https://fastcash.example", "Ina"),
    ("Good day! Do you use Twitter? I'd like to follow you if that would be okay. I'm definitely enjoying your blog.", "https://essaywriters.example", "essay writers"),
    ("Wonderful goods from you, man. You're simply too magnificent.", "https://nutrition-pills.example", "Kurt"),
    ("Incredible points. Solid arguments. Keep up the great effort.", "https://onlinecasino.example", "casino online"),
    ("Superbe contenu, on sent la passion, je repasserai avec plaisir.", "https://rachat-credit.example/", "Rachat de crédit"),
    ("Félicitations pour ce magnifique site, continuez ainsi !", "https://serrurier-pas-cher.example", "Serrurier Lyon"),
    ("Un grand merci pour ces précieux conseils, votre plume est remarquable.", "https://voyance-immediate.example", "Cassandra voyance"),
    ("Je suis tombée par hasard sur votre page et je ne regrette pas, quel travail !", "https://maigrir-vite.example", "Lucie"),
    ("Excellent billet, je partage sur mes réseaux. https://meilleur-casino.example", "", "Paul"),
    ("Bravo pour la qualité de vos articles, c'est une mine d'or. www.achat-abonnes.example", "", "Léa"),
    ("Très bon site, bien fait et complet, je le recommande à tous. http://plomberie-urgence.example", "", "Plomberie"),
    ("Merci beaucoup pour cet article de qualité, à bientôt sur mon blog : https://montre-replique.example", "", "Hugo"),
    ("Bonjour, votre blog est une source d'inspiration, bonne continuation.", "https://assurance-comparateur.example", "Assurance auto"),
)  # fmt: skip
