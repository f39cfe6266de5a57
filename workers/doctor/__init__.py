"""`moderato doctor`: everything that is wrong with a set-up, and what to do."""
