"""Answers, reports and the loop that makes them."""
