"""Throw-away addresses: whether a provider gives them out for an hour. Shown to nobody; see decision 9."""

from disposable_email_domains import blocklist


def is_throwaway(address: str) -> bool:
    """Whether the address lies at a provider of throw-away addresses, or at a subdomain of one."""
    labels = address.rpartition("@")[2].lower().rstrip(".").split(".")
    return any(".".join(labels[at:]) in blocklist for at in range(len(labels) - 1))
