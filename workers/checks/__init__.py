"""The checks, in the order they run: all of them, so that a moderator sees every reason. See README.md."""

from typing import Final

from workers.checks.author_held import author_held
from workers.checks.banned import banned
from workers.checks.bare_link import bare_link
from workers.checks.blocked_domain import blocked_domain
from workers.checks.blocked_word import blocked_word
from workers.checks.canary import canary
from workers.checks.check import Check
from workers.checks.deceptive_link import deceptive_link
from workers.checks.emoji_flood import emoji_flood
from workers.checks.first_comment import first_comment
from workers.checks.flood import flood
from workers.checks.gibberish import gibberish
from workers.checks.haste import haste
from workers.checks.hate import hate
from workers.checks.honeypot import honeypot
from workers.checks.insult import insult
from workers.checks.invitation import invitation
from workers.checks.learnt_abuse import learnt_abuse
from workers.checks.learnt_spam import learnt_spam
from workers.checks.length import length
from workers.checks.likely_spam import likely_spam
from workers.checks.likely_toxic import likely_toxic
from workers.checks.link_campaign import link_campaign
from workers.checks.link_in_name import link_in_name
from workers.checks.links import links
from workers.checks.many_articles import many_articles
from workers.checks.near_copies import near_copies
from workers.checks.new_domain import new_domain
from workers.checks.obfuscation import obfuscation
from workers.checks.off_topic import off_topic
from workers.checks.offensive_name import offensive_name
from workers.checks.other_language import other_language
from workers.checks.personal_data import personal_data
from workers.checks.profanity import profanity
from workers.checks.refused_domain import refused_domain
from workers.checks.rejected_before import rejected_before
from workers.checks.repeated_characters import repeated_characters
from workers.checks.repeated_text import repeated_text
from workers.checks.reserved_name import reserved_name
from workers.checks.self_harm import self_harm
from workers.checks.sexual import sexual
from workers.checks.shouting import shouting
from workers.checks.spam_phrase import spam_phrase
from workers.checks.threat import threat
from workers.checks.unknown_author import unknown_author

CHECKS: Final[tuple[Check, ...]] = (
    # how it was sent
    canary,
    honeypot,
    haste,
    # what staff have said beforehand
    banned,
    author_held,
    reserved_name,
    # by whom, and how often
    first_comment,
    unknown_author,
    rejected_before,
    flood,
    many_articles,
    repeated_text,
    near_copies,
    # what it says
    length,
    blocked_word,
    insult,
    hate,
    threat,
    sexual,
    self_harm,
    profanity,
    offensive_name,
    spam_phrase,
    invitation,
    blocked_domain,
    link_in_name,
    links,
    bare_link,
    obfuscation,
    new_domain,
    refused_domain,
    link_campaign,
    deceptive_link,
    personal_data,
    shouting,
    repeated_characters,
    emoji_flood,
    gibberish,
    other_language,
    off_topic,
)

# Once the trained model has read the comment and what the checks above found.
OPINIONS: Final[tuple[Check, ...]] = (likely_spam, likely_toxic, learnt_spam, learnt_abuse)
