"""A new edition from an earlier one, the same activity a year on, and what an organization usually writes."""
