"""What a site's own decisions teach: a small head on the shipped model, learnt and applied here. Pure (README.md)."""
