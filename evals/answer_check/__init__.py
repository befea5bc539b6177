"""A mutation study of the answer check: correct answers must pass, and the same answers spoilt must not.

The answers in `answers/` were written by hand against the facts of real tool calls. `corrupt` spoils them in the ways
in which chat models err; `study` counts what the check refuses.
"""
