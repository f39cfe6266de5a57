"""Sentences written for training: what no public corpus has, above all in French, and what corpora teach wrongly.

Each kind of sentence comes with its opposites: a group named in hatred and in friendship, hatred quoted to condemn it,
hatred of Mondays. Filled in at random from a fixed seed. Our own words throughout; the sentences of functional tests
(HateCheck) are not among them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    kind: str
    labels: Mapping[str, float]
    website: str = ""
    name: str = field(default="Camille")


CLEAN: Final = {"spam": 0.0, "toxicity": 0.0, "insult": 0.0, "hate": 0.0, "threat": 0.0}
_HATE: Final = CLEAN | {"toxicity": 1.0, "hate": 1.0}
_INSULT: Final = CLEAN | {"toxicity": 1.0, "insult": 1.0}
_THREAT: Final = CLEAN | {"toxicity": 1.0, "threat": 1.0}
_SPAM: Final = CLEAN | {"spam": 1.0}


def sentences(each: int, seed: int = 20260101) -> Iterator[Sentence]:
    """`each` different sentences (or as many as there are) of every kind and language."""
    for language, slots in (("en", ENGLISH), ("fr", FRENCH)):
        for kind, labels, share, templates in KINDS:
            dice = Random(f"{seed}-{language}-{kind}")
            seen: set[str] = set()
            for _ in range(3 * int(each * share)):
                if len(seen) >= int(each * share):
                    break
                text = _filled(dice.choice(templates[language]), slots, dice)
                if text not in seen:
                    seen.add(text)
                    yield _dressed(text, f"{kind}-{language}", labels, slots, dice)


def _dressed(
    text: str, kind: str, labels: Mapping[str, float], slots: Mapping[str, list[str]], dice: Random
) -> Sentence:
    """As people type it; advertising also under the names and with the addresses that it comes with."""
    roll = dice.random()
    if roll < 0.12:
        text = text.upper() if roll < 0.04 else text.lower()
    elif roll < 0.3:
        text = text.rstrip(".") + dice.choice(["", "!", "!!!", "...", " !", " lol", " mdr", " 😡", " 🙂"])
    website, name = "", "Camille"
    if kind.startswith("flattery_link"):
        if dice.random() < 0.6:
            website = f"https://{dice.choice(slots['host'])}/"
            if dice.random() < 0.5:
                name = dice.choice(slots["trade"])
        else:
            text = f"{text} {dice.choice(['', 'http://', 'https://', 'www.'])}{dice.choice(slots['host'])}"
    elif kind.startswith("advert"):
        website = f"https://{dice.choice(slots['host'])}/" if dice.random() < 0.2 else ""
    elif kind.startswith("thanks") and dice.random() < 0.15:
        website = f"https://{dice.choice(slots['home'])}/"
    return Sentence(text, kind, labels, website, name)


def _filled(template: str, slots: Mapping[str, list[str]], dice: Random) -> str:
    for _ in range(4):
        template, found = _SLOT.subn(lambda slot: dice.choice(slots[slot[1]]), template)
        if not found:
            break
    for apart, together in (("de les ", "des "), ("à les ", "aux "), ("?.", "?"), ("!.", "!")):
        template = template.replace(apart, together)
    return template[:1].upper() + template[1:]


# A kind: its labels, its share of `each`, its templates by language.
KINDS: Final[tuple[tuple[str, Mapping[str, float], float, dict[str, list[str]]], ...]] = (
    ("hate", _HATE, 3.0, {"en": ["{hate}.", "{hate}", "{lead} {hate}.", "{about}. {they_hate}.", "{hate}, {tail}."],
                          "fr": ["{hate}.", "{hate}", "{lead} {hate}.", "{about}. {they_hate}.", "{hate}, {tail}."]}),
    ("slur", _HATE | {"insult": 1.0}, 1.0, {"en": ["{slur_use}.", "{slur_use}!"], "fr": ["{slur_use}.", "{slur_use} !"]}),
    ("quoted", CLEAN, 1.6, {"en": ["{counter}."], "fr": ["{counter}."]}),
    ("negated", CLEAN, 1.4, {"en": ["{negated}."], "fr": ["{negated}."]}),
    ("group", CLEAN, 1.6, {"en": ["{neutral}.", "{neutral}. {chat}.", "{lead} {neutral}."],
                           "fr": ["{neutral}.", "{neutral}. {chat}.", "{lead} {neutral}."]}),
    ("thing", CLEAN, 1.2, {"en": ["{grumble}.", "{grumble}!", "{lead} {grumble}."],
                           "fr": ["{grumble}.", "{grumble} !", "{lead} {grumble}."]}),
    ("oath", CLEAN, 0.8, {"en": ["{oath}.", "{oath}!"], "fr": ["{oath}.", "{oath} !"]}),
    ("insult", _INSULT, 2.0, {"en": ["{insult}.", "{insult}", "{chat}, {insult}.", "{insult}, {chat}."],
                              "fr": ["{insult}.", "{insult}", "{chat}, {insult}.", "{insult}, {chat}."]}),
    ("reproach", CLEAN, 1.4, {"en": ["{reproach}.", "{chat}. {reproach}."], "fr": ["{reproach}.", "{chat}. {reproach}."]}),
    ("threat", _THREAT, 1.0, {"en": ["{threat}.", "{threat}!", "{insult}, {threat}."],
                              "fr": ["{threat}.", "{threat} !", "{insult}, {threat}."]}),
    ("harmless", CLEAN, 0.6, {"en": ["{harmless}."], "fr": ["{harmless}."]}),
    ("news", CLEAN, 2.0, {"en": ["{chat}.", "{chat}. {chat}.", "{chat}, {tail}."],
                          "fr": ["{chat}.", "{chat}. {chat}.", "{chat}, {tail}."]}),
    ("source", CLEAN, 1.2, {"en": ["{chat}: https://{paper}/{path}", "{refer} https://{paper}/{path}", "{chat}. {refer} {paper}"],
                            "fr": ["{chat} : https://{paper}/{path}", "{refer} https://{paper}/{path}", "{chat}. {refer} {paper}"]}),
    ("thanks", CLEAN, 1.4, {"en": ["{thanks}", "{thanks} {chat}."], "fr": ["{thanks}", "{thanks} {chat}."]}),
    ("flattery_link", _SPAM, 1.6, {"en": ["{flattery}", "{flattery} {flattery}", "{flattery} {my_site}"],
                                   "fr": ["{flattery}", "{flattery} {flattery}", "{flattery} {my_site}"]}),
    ("advert", _SPAM, 3.0, {"en": ["{advert}", "{advert} {call}", "{story} {call}", "{flattery} {advert} {call}"],
                            "fr": ["{advert}", "{advert} {call}", "{story} {call}", "{flattery} {advert} {call}"]}),
    ("beg", _SPAM, 0.8, {"en": ["{beg}", "{chat}. {beg}"], "fr": ["{beg}", "{chat}. {beg}"]}),
)  # fmt: skip

_HOSTS: Final = [
    "best-deals{n}.com", "cheap-watch.shop", "loan-fast.info", "crypto-gain{n}.net", "dietpills.top", "seo-rank.biz",
    "casino-royal{n}.com", "my-blog{n}.net", "credit-rapide.info", "voyance-gratuite.fr", "replica{n}.shop",
    "recover-funds.org", "bit.ly/3x{n}Qa", "tinyurl.com/y{n}", "t.me/invest{n}", "wa.me/336{n}", "home-work{n}.xyz",
    "plombier-paris{n}.fr", "agence-web{n}.fr", "roofing-pros.com", "essay-help.co", "vape-store{n}.top", "dating{n}.ru",
]  # fmt: skip

ENGLISH: Final[dict[str, list[str]]] = {
    "n": [str(number) for number in range(7, 99, 4)],
    "host": _HOSTS,
    "home": ["janes-kitchen.blog", "oldbikes.example", "smithfamily.name", "walkinghills.org"],
    "trade": ["Cheap Loans Online", "Buy Followers", "SEO Expert 2026", "Best Casino Bonus", "Keto Diet Pills", "Roof Repair Austin", "Dr Alika", "Crypto Recovery Agent"],
    "group": [
        "women", "Muslims", "Jews", "immigrants", "refugees", "gay people", "lesbians", "trans people", "black people",
        "Asians", "Arabs", "Mexicans", "gypsies", "disabled people", "migrants", "homosexuals", "Africans", "Indians",
        "Pakistanis", "Chinese people", "foreigners", "autistic people", "Christians", "transgender women", "blacks",
        "asylum seekers", "Hispanics", "blind people", "girls", "bisexuals", "Romanians", "the disabled",
    ],
    "single": ["a Muslim", "a Jew", "an immigrant", "a refugee", "a gay man", "a lesbian", "a trans woman", "a black man", "a Mexican", "a woman", "a disabled person", "an Arab"],
    "vermin": ["vermin", "parasites", "cockroaches", "animals", "a plague", "a disease", "scum", "rats", "savages", "leeches", "filth", "subhuman", "a cancer on society", "pigs", "trash", "garbage"],
    "base": ["disgusting", "stupid", "inferior", "lazy", "dirty", "worthless", "repulsive", "dangerous", "sick in the head", "primitive", "evil", "liars by nature", "mentally ill", "perverts", "criminals", "thieves", "weak", "brainless", "ugly", "a burden"],
    "harm": ["be shot", "be deported", "be locked up", "be beaten", "be sterilised", "be wiped out", "burn", "hang", "be gassed", "die", "be thrown into the sea", "be put down", "be kept out of our schools", "lose the right to vote", "be hunted down"],
    "hate": [
        "{group} are {vermin}", "{group} are {base}", "all {group} are {base}", "I hate {group}", "I can't stand {group}",
        "{group} disgust me", "{group} should {harm}", "every one of these {group} should {harm}", "{group} make me sick",
        "{group} don't belong here", "{group} have no place in this country", "we must get rid of {group}",
        "nobody wants {group} around", "{group} ruin everything they touch", "I wish all {group} would {harm}",
        "why are {group} always so {base}?", "{group} are not even human", "{group} will never be equal to us",
        "{group} do not deserve any rights", "there is nothing good about {group}", "never trust {group}",
        "send {group} back where they came from", "it is time somebody taught {group} a lesson with a gun",
        "being around {group} makes me want to throw up", "{group} only know how to steal and rape",
        "count your silver when {group} come to dinner", "{group} should go back to the kitchen or to the jungle",
        "the world would be cleaner without {group}", "I'd never let {single} near my children", "fucking {group} are {base}",
        "these damn {group} are {vermin}", "if you are {single}, you are {vermin}", "no brain was ever found in {group}",
        "{group} are a waste of oxygen", "we should treat {group} like {vermin}", "{group} deserve what happened to them",
        "I would not hire {single}, they are {base}", "hitler was right about {group}", "{single} is never one of us",
    ],
    "they_hate": ["They are {vermin}", "They should all {harm}", "I want them to {harm}", "They are so {base}", "Every single one is {base}", "I can't stand any of them", "They make me puke"],
    "about": ["There are {group} in my street", "You all know {group}", "I work with some {group}", "My town is full of {group}", "More {group} arrived yesterday", "{single} sat next to me on the bus"],
    "lead": ["honestly,", "let's face it,", "everybody knows:", "in my opinion,", "I say it again:", "wake up,", "sorry but", "it's a fact that"],
    "tail": ["and I stand by it", "as always", "believe me", "that is how it is", "as everyone can see", "if you ask me"],
    "slur": ["niggers", "faggots", "kikes", "trannies", "sand niggers", "dykes", "ragheads", "retards", "wetbacks", "spics", "chinks", "pakis", "towelheads", "cunts"],
    "one_slur": ["nigger", "faggot", "kike", "tranny", "dyke", "raghead", "retard", "wetback", "chink", "paki", "cunt", "whore"],
    "slur_use": ["you are just {a_slur}", "these {slur} again", "get out, {slur}", "shut up you {one_slur}", "I hate {slur}", "{slur} are {base}", "what a {one_slur}", "{slur} should {harm}", "typical {slur}", "go home you {one_slur}"],
    "a_slur": ["a {one_slur}"],
    "counter": [
        'saying "{hate}" is {condemned}', 'whoever writes "{hate}" should be ashamed', '"{hate}" is a {condemned} thing to say',
        'he was fined for shouting "{hate}"', "my uncle told us that {hate}. I left the table", 'nobody has the right to say "{hate}"',
        'comments such as "{hate}" have to be deleted', 'I was called a "{one_slur}" at school and it still hurts',
        'stop using the word "{one_slur}", it is {condemned}', 'if your argument is "{hate}", you have none',
        'the article quotes a man who said "{hate}", and the court convicted him', "how can anyone in 2026 still think that {hate}?",
        'people who claim "{hate}" are wrong and {condemned}', "calling someone a {one_slur} is {condemned}",
    ],
    "condemned": ["racist", "disgusting", "unacceptable", "vile", "shameful", "hateful", "a disgrace", "hate speech", "wrong", "deplorable"],
    "negated": [
        "{group} are not {vermin}", "{group} are not {base}", "no, {group} are not {base}", "I do not hate {group}", "nobody should hate {group}",
        "{group} should never {harm}", "it is wrong to say that {group} are {base}", "{group} do not deserve this hatred",
        "{group} aren't {vermin}, they are people", "I never said that {group} should {harm}", "we must not treat {group} like {vermin}",
        "no one deserves to {harm} for being {single}", "I would never say that {group} are {base}", "it isn't true that all {group} are {base}",
    ],
    "praise": ["wonderful", "brave", "as good as anyone", "my best colleagues", "welcome here", "part of this country", "human beings", "hard-working", "an inspiration", "equal before the law"],
    "neutral": [
        "{group} are {praise}", "I love {group}", "my sister is {single}", "I am {single} and proud of it", "many {group} live in our town",
        "the minister met {group} and their associations", "we need more {group} in parliament", "{group} have the same rights as everyone",
        "how many {group} were helped by this law?", "the report counts {group} and pensioners", "my neighbour is {single} and we get along well",
        "{group} are still discriminated against at work", "the police protect {group} during the march", "as {single} I read this with interest",
        "solidarity with {group}", "{group} contribute so much", "the film tells the story of {single}", "{group} deserve respect",
        "where can {group} find help in this city?", "{single} was elected mayor",
    ],
    "thing": ["Mondays", "this weather", "spinach", "traffic jams", "my old phone", "cheap plastic", "these ads", "rush hour", "spreadsheets", "this stupid printer", "mosquitoes", "the new timetable", "bad coffee", "paywalls", "potholes", "queues", "this film", "the referee's whistle", "the tax form", "your website"],
    "grumble": [
        "I hate {thing}", "{thing} should be banned", "{thing} make me sick", "I can't stand {thing}", "{thing} are a plague", "{thing} are trash",
        "kill {thing} with fire", "death to {thing}", "{thing} disgust me", "get rid of {thing}", "{thing} are the worst", "I'm sick of {thing}",
        "whoever invented {thing} has a lot to answer for",
    ],
    "oath": ["this is fucking brilliant", "holy shit, what a goal", "damn, that is good news", "I fucking love this town", "what the hell happened here", "so fucking proud of you all", "shit, I missed the last train", "bloody hell, it's cold", "oh fuck, I forgot my keys", "that concert was the shit", "hell yes", "this damn rain again", "I don't give a damn about football", "my ass hurts after that ride", "the whole thing is a shitshow", "crap, wrong thread"],
    "fool": ["idiot", "moron", "imbecile", "cretin", "clown", "coward", "scumbag", "asshole", "piece of shit", "loser", "pathetic troll", "dumbass", "fucking liar", "brainless sheep", "waste of space", "jackass", "bastard", "bitch", "pig", "disgrace to mankind"],
    "insult": [
        "you are an absolute {fool}", "you're such a {fool}", "what a {fool} you are", "shut up, {fool}", "only a {fool} like you would write this",
        "the author is a {fool}", "this mayor is a {fool}", "go to hell, you {fool}", "fuck you, {fool}", "you stupid {fool}",
        "you have the brain of a slug", "you people are all {fool}s", "nobody cares what a {fool} like you thinks", "get lost {fool}",
        "your mother should have swallowed you", "kiss my ass you {fool}", "you're too dumb to breathe", "drop dead, {fool}", "he is nothing but a {fool}",
    ],
    "reproach": [
        "you are wrong about this", "your argument makes no sense to me", "that is a stupid law", "this government has failed", "what a ridiculous decision",
        "I strongly disagree with you", "the mayor should resign", "you clearly did not read the article", "that is nonsense, look at the figures",
        "this is the worst article I have read here", "the opposition is incompetent", "they lied to us for ten years", "shame on the council",
        "an idiotic project from start to finish", "your claim is false", "stop blaming others", "I was stupid to vote for them", "I'm such an idiot, I misread it",
        "the president is a bad president", "corrupt politicians should go to prison", "what a mess they made", "that journalist is biased",
    ],
    "threat": [
        "I will find you and break your legs", "I'm going to kill you", "you will pay for this with your blood", "we know where you live", "watch your back",
        "I will burn your house down", "somebody should put a bullet in your head", "I'll smash your face in", "you won't live to see Christmas",
        "your children are not safe", "I'd strangle you if I saw you", "we are coming for you with knives", "next time I see you I'll stab you",
        "he deserves a bullet and I will give it to him", "the mayor should be hanged from a lamp post", "shoot them all", "I hope someone beats you to death",
    ],
    "harmless": ["I could kill for a coffee", "this heat is killing me", "the comedian killed it last night", "the murder trial begins on Monday", "he was shot in the leg and survived", "the police are looking for the killer", "we'll beat you in the final", "they bombed at the box office", "the virus kills the elderly", "I nearly died laughing", "kill the process and start again", "the bill was dead on arrival", "she stabbed at her dinner", "fire him, he has had his chance"],
    "chat": [
        "the tram should run all night", "nobody asked the people who live there", "rents have doubled in ten years", "my train was late again this morning",
        "I remember the old market", "the school needs a new roof", "I don't see how they will pay for it", "the council voted without reading the report",
        "my father worked in that factory", "prices keep rising and wages don't", "the hospital closed its maternity ward", "I'd rather have more buses",
        "the figures in the third paragraph are from 2019", "they promised this before the last election", "finally a sensible decision", "we pay for it twice",
        "what does the union say", "the river floods every spring", "farmers get less for their milk every year", "it is not that simple",
        "I lived abroad for five years and it works there", "the journalist forgot to ask about the cost", "my subscription went up again", "let's wait for the verdict",
        "the stadium cost 40 million", "I watched the match with my son", "she sang beautifully", "great goal in the 89th minute", "I saw them live in 2012",
    ],
    "paper": ["www.bbc.co.uk", "www.theguardian.com", "en.wikipedia.org/wiki", "www.gov.uk", "www.nature.com", "www.reuters.com", "www.youtube.com", "www.ons.gov.uk", "www.who.int", "www.foxnews.com"],
    "path": ["news/uk-1234", "Inflation", "politics/2026/nov/3", "statistics", "articles/s41", "watch?v=a1B2c3", "report.pdf", "economy"],
    "refer": ["see", "the source is here:", "the full report:", "more on this at", "as explained on", "here is the video of the speech:"],
    "thanks": ["Thanks for this article!", "Great article.", "Very interesting, thank you.", "Well said!", "Good point.", "I love this song!", "Beautiful voice.", "Congratulations to the whole team!", "Best comment here.", "Excellent analysis, thank you.", "So true.", "Nice to see good news for once.", "I agree completely.", "Happy birthday!", "Lovely recipe, I will try it on Sunday.", "Thank you for explaining this so clearly."],
    "flattery": [
        "Great post, thanks for sharing!", "I really enjoyed reading your blog, keep up the good work.", "Very informative article, exactly what I was looking for.",
        "I bookmarked your site and will visit again.", "Wow, amazing content, you are a talented writer.", "Thanks for the useful information, it helped me a lot.",
        "Your website is really cool and has great layout.", "This is a really good tip, especially to those new to the blogosphere.", "I will share it with my friends.",
        "Hello admin, nice article.", "Excellent blog, I learned so much.", "I could not refrain from commenting, very well written!", "Hi there, this weekend is nice for me because I am reading this great article.",
    ],
    "my_site": ["Please also visit my site", "Check out my blog:", "Here is my page:", "Feel free to visit my web site", "Also see", "You may like my website"],
    "advert": [
        "Earn $500 a day working from home, no experience needed.", "Get a loan at 2% interest, approved in 24 hours.", "Buy cheap replica watches online.",
        "Lose 20 pounds in two weeks with this pill.", "I recovered my stolen bitcoin thanks to a professional hacker.", "Get 1000 followers for free.",
        "Best online casino, 200% bonus on first deposit.", "Buy viagra and cialis without prescription.", "My husband came back after Dr {doctor} cast a love spell.",
        "Hot singles in your area are waiting.", "Cheap essay writing service, 100% original.", "We offer SEO services and quality backlinks at a low price.",
        "Invest $200 and get $2,000 in five days.", "I make $3,400 per week on my laptop.", "Do you need a credit card hacked or a phone spied on?",
        "Free iPhone giveaway, claim yours now.", "Cheap flights and hotel vouchers here.", "Our company sells fake documents, passports and licences.",
        "Herpes cured for good with herbal medicine.", "Download the full movie in HD for free.", "Join the Illuminati and become rich and famous.",
    ],
    "doctor": ["Alika", "Odion", "Wale", "Amadi", "Zuma"],
    "story": ["I was broke until I met Mrs {doctor}, a trader who changed my life.", "I was sceptical, but after one week I earned {n}00 dollars.", "After the divorce I contacted Dr {doctor} and everything changed.", "A friend told me about this method and it works."],
    "call": ["Contact him at doctor{n}@mail.example", "WhatsApp +1 55{n} 010{n}", "Visit http://{host}", "Click here >> {host}", "Write to us today: https://{host}", "Text me on Telegram @trade{n}", "Sign up at {host} now!!!", "Go to www.{host}", "Limited offer, order now!", "Call now!"],
    "beg": ["Check out my channel please!", "Please subscribe to my channel, I make covers.", "Sub4sub? I sub back 100%.", "Thumbs up if you are watching in 2026, and visit my page!", "Guys check my new video, you won't regret it", "I'm an upcoming rapper, give me a chance, my music is on my page", "Like my comment and subscribe to me", "Follow me on instagram @cool{n}", "please help me get 1000 subscribers", "vote for my band here http://{host}", "come and watch my gaming videos on my channel"],
}  # fmt: skip

FRENCH: Final[dict[str, list[str]]] = {
    "n": ENGLISH["n"],
    "host": _HOSTS,
    "home": ["cuisine-de-jeanne.fr", "velos-anciens.example", "famille-martin.name", "rando-vosges.org"],
    "trade": ["Prêt Rapide", "Voyant Médium", "Agence SEO Paris", "Casino Bonus", "Crédit Sans Refus", "Plombier Paris 15", "Maître Adjovi", "Perdre du Poids"],
    "group": [
        "les femmes", "les musulmans", "les juifs", "les immigrés", "les réfugiés", "les homosexuels", "les gays", "les lesbiennes", "les trans",
        "les personnes trans", "les noirs", "les Noirs", "les Arabes", "les arabes", "les Asiatiques", "les Chinois", "les Roms", "les gitans",
        "les handicapés", "les personnes handicapées", "les migrants", "les Africains", "les étrangers", "les autistes", "les chrétiens",
        "les demandeurs d'asile", "les Algériens", "les Maghrébins", "les voilées", "les filles", "les bisexuels", "les Roumains", "les homos",
    ],
    "single": ["un musulman", "une musulmane", "un juif", "un immigré", "une réfugiée", "un homosexuel", "une lesbienne", "une femme trans", "un Noir", "un Arabe", "une femme", "un handicapé"],
    "vermin": ["de la vermine", "des parasites", "des cafards", "des animaux", "une plaie", "une maladie", "des rats", "des sauvages", "des sangsues", "des sous-hommes", "un cancer", "des porcs", "des déchets", "de la racaille", "des merdes", "des nuisibles"],
    "base": ["répugnants", "stupides", "inférieurs", "fainéants", "sales", "bons à rien", "dangereux", "malades mentaux", "primitifs", "mauvais", "menteurs par nature", "des pervers", "des criminels", "des voleurs", "faibles", "sans cervelle", "une charge pour nous", "dégoûtants", "tous les mêmes, des assistés"],
    "harm": ["être fusillés", "être expulsés", "être enfermés", "être battus", "être stérilisés", "disparaître", "brûler", "être pendus", "être gazés", "crever", "être jetés à la mer", "être interdits d'école", "perdre le droit de vote", "être exterminés", "rentrer chez eux"],
    "hate": [
        "{group} sont {vermin}", "{group} sont {base}", "tous {group} sont {base}", "je hais {group}", "je ne supporte pas {group}", "{group} me dégoûtent",
        "{group} devraient {harm}", "{group} me donnent envie de vomir", "{group} n'ont rien à faire ici", "{group} n'ont pas leur place dans ce pays",
        "il faut se débarrasser de {group}", "personne ne veut de {group} ici", "{group} détruisent tout ce qu'ils touchent", "pourquoi {group} sont-ils toujours {base} ?",
        "{group} ne sont même pas humains", "{group} ne seront jamais nos égaux", "{group} ne méritent aucun droit", "il n'y a rien de bon chez {group}",
        "ne faites jamais confiance à {group}", "renvoyez {group} d'où ils viennent", "qu'on règle leur compte à {group} une bonne fois", "{group} ne savent que voler et violer",
        "cachez vos portefeuilles quand {group} arrivent", "le monde serait plus propre sans {group}", "jamais je ne laisserais {single} approcher mes enfants",
        "putain de {vermin}, voilà ce que sont {group}", "si tu es {single}, tu es {vermin}", "{group} gaspillent notre oxygène", "on devrait traiter {group} comme {vermin}",
        "{group} ont bien mérité ce qui leur arrive", "hitler avait raison pour {group}", "{single} ne sera jamais des nôtres", "on en a assez de {group}, dehors",
        "dehors {group}", "{group} au four", "mort à {vermin}, mort à {group}", "la france n'est pas une poubelle pour {group}", "{group} c'est {vermin}",
    ],
    "they_hate": ["Ce sont {vermin}", "Ils devraient tous {harm}", "Qu'ils aillent tous {harm}", "Ils sont tellement {base}", "Pas un pour sauver l'autre, tous {base}", "Je ne peux pas les voir", "Ils me font vomir"],
    "about": ["Il y a {single} dans ma rue", "Vous connaissez {group}", "Je travaille avec {single}", "Ma ville attire {group}", "Encore {single} hier dans le bus", "{single} s'est assis à côté de moi"],
    "lead": ["franchement,", "soyons honnêtes,", "tout le monde le sait :", "à mon avis,", "je le répète :", "réveillez-vous,", "désolé mais", "c'est un fait :"],
    "tail": ["et je l'assume", "comme toujours", "croyez-moi", "c'est comme ça", "tout le monde le voit", "si vous voulez mon avis"],
    "slur": ["bougnoules", "youpins", "nègres", "négros", "pédés", "tapettes", "gouines", "travelos", "bicots", "chinetoques", "niakoués", "mongols", "gogols", "romanos", "melons", "bamboulas", "fiottes", "tarlouzes"],
    "one_slur": ["bougnoule", "youpin", "nègre", "négro", "pédé", "tapette", "gouine", "travelo", "bicot", "chinetoque", "niakoué", "mongol", "gogol", "bamboula", "fiotte", "tarlouze", "pute"],
    "slur_use": ["tu n'es qu'un {one_slur}", "encore ces {slur}", "dégagez, sales {slur}", "ta gueule sale {one_slur}", "je hais les {slur}", "les {slur} sont {base}", "quel {one_slur}", "les {slur} devraient {harm}", "typique des {slur}", "rentre chez toi {one_slur}", "sales {slur}"],
    "counter": [
        "dire « {hate} » est {condemned}", "ceux qui écrivent « {hate} » devraient avoir honte", "« {hate} », quelle phrase {condemned}", "il a été condamné pour avoir crié « {hate} »",
        "mon oncle a dit que {hate}. J'ai quitté la table", "personne n'a le droit de dire « {hate} »", "les commentaires du genre « {hate} » doivent être supprimés",
        "on m'a traité de « {one_slur} » à l'école et ça fait encore mal", "arrêtez d'employer le mot « {one_slur} », c'est {condemned}", "si votre argument est « {hate} », vous n'en avez pas",
        "l'article cite un homme qui disait « {hate} », le tribunal l'a condamné", "comment peut-on encore penser en 2026 que {hate} ?", "prétendre que {hate}, c'est faux et {condemned}",
        "traiter quelqu'un de {one_slur} est {condemned}", 'entendre "{hate}" à la télévision est {condemned}',
    ],
    "condemned": ["raciste", "abject", "inacceptable", "honteux", "haineux", "indigne", "un délit", "une honte", "scandaleux", "ignoble", "homophobe"],
    "negated": [
        "{group} ne sont pas {vermin}", "{group} ne sont pas {base}", "non, {group} ne sont pas {base}", "je ne hais pas {group}", "personne ne devrait haïr {group}", "{group} ne devraient jamais {harm}",
        "il est faux de dire que {group} sont {base}", "{group} ne méritent pas cette haine", "{group} ne sont pas {vermin}, ce sont des gens", "je n'ai jamais dit que {group} devraient {harm}",
        "on ne doit pas traiter {group} comme {vermin}", "je ne dirais jamais que {group} sont {base}", "ce n'est pas vrai que tous {group} sont {base}",
    ],
    "praise": ["formidables", "courageux", "nos égaux", "mes meilleurs collègues", "les bienvenus ici", "une chance pour le pays", "des êtres humains", "travailleurs", "un exemple pour tous", "égaux devant la loi"],
    "neutral": [
        "{group} sont {praise}", "j'aime {group}", "mon frère a épousé {single}", "je connais {single} et j'en suis fier", "{group} sont nombreux dans notre ville", "le ministre a reçu {group} et leurs associations",
        "il faut que {group} soient mieux représentés à l'Assemblée", "{group} ont les mêmes droits que tout le monde", "combien de {single} cette loi aide-t-elle ?", "le rapport compte {group} et les retraités",
        "mon voisin est {single} et on s'entend très bien", "{group} sont encore discriminés à l'embauche", "la police protège {group} pendant la marche", "solidarité avec {group}", "{group} apportent beaucoup au pays",
        "le film raconte l'histoire d'{single}", "{group} méritent le respect", "où {group} peuvent-ils trouver de l'aide ?", "{single} a été élu maire", "je suis {single} et je lis ce journal",
    ],
    "thing": ["les lundis", "ce temps", "les épinards", "les bouchons", "mon vieux téléphone", "le plastique", "ces publicités", "l'heure de pointe", "les tableurs", "cette imprimante", "les moustiques", "les nouveaux horaires", "le mauvais café", "les péages", "les nids-de-poule", "les files d'attente", "ce film", "la paperasse", "votre site", "les trottinettes"],
    "grumble": [
        "je hais {thing}", "{thing}, quelle plaie", "{thing} me rendent malade", "je ne supporte pas {thing}", "marre de {thing}", "{thing} c'est de la merde", "à mort {thing}", "{thing} me dégoûtent",
        "qu'on nous débarrasse de {thing}", "{thing}, c'est l'enfer", "interdisez {thing} une bonne fois", "celui qui a inventé {thing} devrait avoir honte",
    ],
    "oath": ["putain que c'est beau", "merde, j'ai raté le dernier train", "bordel, quel but", "c'est vachement bien foutu", "j'adore cette putain de ville", "punaise, quelle nouvelle", "on s'est bien foutu de nous", "il fait un froid de canard, bordel", "putain, enfin une bonne nouvelle", "ça me fait chier cette pluie", "je m'en fous du football", "j'ai mal au cul après ce vélo", "quel foutoir cette réforme", "zut, mauvais article", "c'est con pour les vacances", "quel bordel à la gare"],
    "fool": ["abruti", "crétin", "imbécile", "connard", "débile", "clown", "lâche", "salaud", "gros con", "minable", "pauvre type", "trou du cul", "sale menteur", "mouton sans cervelle", "enculé", "bouffon", "ordure", "raclure", "enfoiré", "sous-merde", "tocard", "idiot"],
    "insult": [
        "tu es un vrai {fool}", "vous êtes un {fool}", "t'es qu'un {fool}", "quel {fool} ce type", "ta gueule {fool}", "il faut être un {fool} pour écrire ça", "l'auteur est un {fool}", "ce maire est un {fool}", "va te faire foutre, {fool}",
        "allez vous faire foutre", "espèce de {fool}", "bande de {fool}s", "ferme-la {fool}", "pauvre {fool}", "tu as le cerveau d'une huître", "on s'en tape de l'avis d'un {fool} comme toi", "dégage {fool}", "fils de pute", "nique ta mère",
        "tu es trop con pour respirer", "crève, {fool}", "ce n'est qu'un {fool}", "vous me faites vomir, {fool}", "macron est un {fool}", "les journalistes sont des {fool}s", "tg {fool}", "casse toi {fool}", "c'est vraiment un {fool} celui-là", "t'as rien dans le crâne {fool}",
    ],
    "reproach": [
        "vous vous trompez", "votre argument ne tient pas", "c'est une loi stupide", "ce gouvernement a échoué", "quelle décision ridicule", "je ne suis pas du tout d'accord avec vous", "le maire devrait démissionner", "vous n'avez pas lu l'article",
        "c'est n'importe quoi, regardez les chiffres", "c'est le pire article que j'aie lu ici", "l'opposition est incompétente", "on nous ment depuis dix ans", "honte au conseil municipal", "un projet idiot du début à la fin", "ce que vous dites est faux",
        "arrêtez d'accuser les autres", "j'ai été bête de voter pour eux", "que je suis bête, j'ai mal lu", "le président est un mauvais président", "les élus corrompus devraient aller en prison", "quel gâchis", "ce journaliste n'est pas objectif", "c'est nul comme idée", "on marche sur la tête",
    ],
    "threat": [
        "je vais te retrouver et te casser les jambes", "je vais te tuer", "tu vas le payer de ton sang", "on sait où tu habites", "surveille tes arrières", "je vais brûler ta maison", "tu mérites une balle dans la tête", "je vais te défoncer la gueule",
        "tu ne verras pas Noël", "tes enfants ne sont pas en sécurité", "je t'étrangle si je te croise", "on va venir avec des couteaux", "la prochaine fois je te plante", "le maire mérite la corde et il l'aura", "il faut tous les fusiller", "j'espère qu'on te battra à mort",
        "on va vous crever", "vous allez tous y passer", "je te jure que je te bute",
    ],
    "harmless": ["je tuerais pour un café", "cette chaleur me tue", "l'humoriste a tout déchiré hier", "le procès pour meurtre s'ouvre lundi", "il a reçu une balle dans la jambe et survit", "la police recherche le tueur", "on va vous battre en finale", "le film a fait un bide", "le virus tue les plus âgés", "j'étais mort de rire", "tuez le processus et relancez", "le projet est mort-né", "elle a poignardé son steak", "virez-le, il a eu sa chance"],
    "chat": [
        "le tram devrait rouler toute la nuit", "personne n'a demandé l'avis des habitants", "les loyers ont doublé en dix ans", "mon train était encore en retard ce matin", "je me souviens de l'ancien marché", "l'école a besoin d'un nouveau toit",
        "je ne vois pas comment ils vont payer", "le conseil a voté sans lire le rapport", "mon père travaillait dans cette usine", "les prix montent et les salaires non", "l'hôpital a fermé sa maternité", "je préférerais plus de bus",
        "les chiffres du troisième paragraphe datent de 2019", "on nous l'avait promis avant les élections", "enfin une décision sensée", "on paie deux fois", "qu'en disent les syndicats", "la rivière déborde chaque printemps", "les agriculteurs touchent de moins en moins pour leur lait",
        "ce n'est pas si simple", "j'ai vécu cinq ans à l'étranger et là-bas ça marche", "le journaliste a oublié de parler du coût", "mon abonnement a encore augmenté", "attendons le jugement", "le stade a coûté 40 millions", "j'ai regardé le match avec mon fils",
        "elle chante merveilleusement", "quel but à la 89e minute", "je les ai vus en concert en 2012", "la retraite à 64 ans ne passera pas", "et la dette, on en parle", "tout ça pour ça",
    ],
    "paper": ["www.lemonde.fr", "www.insee.fr/fr/statistiques", "fr.wikipedia.org/wiki", "www.legifrance.gouv.fr", "www.liberation.fr", "www.ouest-france.fr", "www.youtube.com", "www.service-public.fr", "www.ccomptes.fr", "www.francetvinfo.fr"],
    "path": ["1234", "Inflation", "politique/2026/11/3", "statistiques", "codes/id/123", "watch?v=a1B2c3", "rapport.pdf", "economie"],
    "refer": ["voir", "la source est ici :", "le rapport complet :", "plus de détails sur", "c'est expliqué sur", "voici la vidéo du discours :"],
    "thanks": ["Merci pour cet article !", "Très bon article.", "Très intéressant, merci.", "Bien dit !", "Bien vu.", "J'adore cette chanson !", "Quelle voix.", "Bravo à toute l'équipe !", "Le meilleur commentaire ici.", "Excellente analyse, merci.", "Tellement vrai.", "Enfin une bonne nouvelle.", "Entièrement d'accord.", "Bon anniversaire !", "Belle recette, je l'essaie dimanche.", "Merci de l'expliquer si clairement."],
    "flattery": [
        "Super article, merci du partage !", "J'ai adoré lire votre blog, continuez comme ça.", "Article très instructif, exactement ce que je cherchais.", "J'ai mis votre site dans mes favoris, je reviendrai.", "Waouh, contenu génial, vous avez du talent.",
        "Merci pour ces informations utiles, cela m'a beaucoup aidé.", "Votre site est vraiment très bien fait.", "Très bon conseil, surtout pour les débutants.", "Je vais le partager avec mes amis.", "Bonjour admin, bel article.", "Excellent blog, j'ai beaucoup appris.",
        "Je ne pouvais pas ne pas commenter, très bien écrit !", "Bonjour, je découvre votre blog et je vous félicite.",
    ],
    "my_site": ["Visitez aussi mon site", "Allez voir mon blog :", "Voici ma page :", "N'hésitez pas à visiter mon site", "Voir aussi", "Mon site pourrait vous plaire"],
    "advert": [
        "Gagnez 500 € par jour en travaillant à domicile, sans expérience.", "Offre de prêt entre particuliers à 2 %, réponse en 24 heures.", "Montres de luxe pas chères, copies parfaites.", "Perdez 10 kilos en deux semaines avec cette pilule.", "J'ai récupéré mes bitcoins volés grâce à un hacker professionnel.",
        "Obtenez 1000 abonnés gratuitement.", "Meilleur casino en ligne, bonus de 200 % au premier dépôt.", "Achetez du viagra sans ordonnance.", "Mon mari est revenu grâce au maître marabout {doctor}.", "Des célibataires près de chez vous vous attendent.", "Rédaction de mémoires pas chère, 100 % originale.",
        "Nous proposons référencement SEO et liens de qualité à petit prix.", "Investissez 200 € et recevez 2 000 € en cinq jours.", "Je gagne 3 400 € par semaine avec mon ordinateur.", "Besoin d'un crédit sans justificatif ? Dossier accepté même fiché.", "iPhone gratuit, réclamez le vôtre maintenant.", "Voyance gratuite par téléphone, retour de l'être aimé garanti.",
        "Vente de vrais faux papiers, permis et passeports.", "Guérison définitive de l'herpès par les plantes.", "Téléchargez le film complet en HD gratuitement.", "Rejoignez les Illuminati et devenez riche et célèbre.", "Utilisez votre compte formation CPF avant qu'il n'expire.", "Dépannage plombier serrurier 7j/7 prix imbattables.",
    ],
    "doctor": ["Adjovi", "Sossa", "Gbedo", "Amadou", "Kofi"],
    "story": ["J'étais ruiné avant de rencontrer Mme {doctor}, qui m'a accordé un prêt.", "J'étais sceptique, mais en une semaine j'ai gagné {n}00 euros.", "Après le divorce j'ai contacté le maître {doctor} et tout a changé.", "Une amie m'a parlé de cette méthode et ça marche."],
    "call": ["Contactez-le : maitre{n}@courriel.example", "WhatsApp +229 97 {n} {n} 10", "Visitez http://{host}", "Cliquez ici >> {host}", "Écrivez-nous dès aujourd'hui : https://{host}", "Écrivez-moi sur Telegram @trade{n}", "Inscrivez-vous sur {host} !!!", "Allez sur www.{host}", "Offre limitée, commandez vite !", "Appelez maintenant !"],
    "beg": ["Allez voir ma chaîne svp !", "Abonnez-vous à ma chaîne, je fais des reprises.", "Sub4sub ? Je m'abonne en retour.", "Un pouce bleu si tu regardes en 2026, et passe sur ma page !", "Les gars regardez ma nouvelle vidéo, vous ne le regretterez pas", "Je suis un jeune rappeur, donnez-moi une chance, mes sons sont sur ma page", "Likez mon commentaire et abonnez-vous", "Suivez-moi sur instagram @cool{n}", "aidez-moi à atteindre 1000 abonnés", "votez pour mon groupe ici http://{host}", "venez voir mes vidéos de jeux sur ma chaîne"],
}  # fmt: skip
