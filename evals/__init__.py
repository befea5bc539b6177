"""Evals judge the analyst; nothing imports them."""
