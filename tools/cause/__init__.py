"""Effects of events, of treatments and of experiments: the only tools that may speak of causes."""
