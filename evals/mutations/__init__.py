"""Evals of the evals: known-good answers are spoilt, and the scorers must notice; said otherwise, they must not."""
