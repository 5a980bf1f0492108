"""Reports of the review: how much, how long, why not, and what waits; for those who check and those who plan."""
