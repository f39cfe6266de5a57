"""What a site's own decisions teach: a head on the shipped model, learnt and applied here. Pure. See README.md."""
