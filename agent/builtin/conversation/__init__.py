"""Questions that lean on the one before: what leads them in, what they keep, change, lift and point at."""
