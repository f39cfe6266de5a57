"""The desk: the moderators' page. A client of the moderation API and of nothing else (README.md beside this file)."""
