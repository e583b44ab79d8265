"""Text: what UTF-8 holds, names, counts, redaction, and how values are written for people."""
