"""Customers, orders, sums of money and events: counted in the tables of customers, orders and events, not in answers.

"How many customers left in Q4" counts leaving dates in that quarter; it is never answered by another tool's figure.
"""

from agent.builtin.counting.frames import records_frame, used_signs
from agent.builtin.counting.kinds import Records
from agent.builtin.counting.sql import records_sql
from agent.builtin.counting.words import drop_rated_units, refuse_uncounted, take_records

__all__ = [
    "Records",
    "drop_rated_units",
    "records_frame",
    "records_sql",
    "refuse_uncounted",
    "take_records",
    "used_signs",
]
