"""The page of `npsight serve`: a chat in the browser, on this machine."""
