"""What moved the NPS, where it stands out, and what goes with it: association, never cause."""
