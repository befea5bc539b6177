"""Cohort tables: load, recognise, clean, describe and query survey, customer, order and event files."""
