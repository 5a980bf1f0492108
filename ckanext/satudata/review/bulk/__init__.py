"""Many reviews moved at once: each in a transaction of its own, together one run that can be watched and repeated."""
