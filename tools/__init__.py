"""The tools that compute facts: one capability a module, each a plain typed function and its result model."""
