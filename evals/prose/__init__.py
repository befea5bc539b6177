"""Good texts of every form, written by hand, with the facts that they rest on."""
