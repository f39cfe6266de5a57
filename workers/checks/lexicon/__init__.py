"""Insults, hate, threats, sex, distress and swearing, in French and in English: words, and whom they are aimed at."""

from workers.checks.lexicon.grammar import CATEGORIES, Hit, lexicon_hits

__all__ = ["CATEGORIES", "Hit", "lexicon_hits"]
