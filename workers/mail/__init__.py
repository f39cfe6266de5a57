"""Mails: to authors about their comments, to moderators about the queue. What is sent, to whom, and by which server."""
