"""One file a step, in order; each is final once released."""
