"""What data there is, how good it is, and free SQL over it."""
