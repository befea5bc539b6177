"""Reading comments: untrusted text, redacted before anybody sees a word of it."""
