"""How people word things: slips, asides, other words for the same, what is left out or unsaid."""
