"""What a comment is and what may become of it. Pure: see README.md."""
