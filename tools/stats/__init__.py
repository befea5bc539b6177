"""Pure numerics: counts and arrays in, frozen dataclasses out.

Nothing here knows a table, a question or a person. Functions take counts of promoters, passives and
detractors (or shares, sums, p-values), never return NaN, and refuse impossible input with a ValueError that
says what was wrong. `docs/methods.md` lists every function with its formula and its reference.
"""
