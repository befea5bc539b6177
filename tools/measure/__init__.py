"""Levels, comparisons and developments of NPS; retention; who did not answer."""
