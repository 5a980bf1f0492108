"""Who may have data that are not open to all: restriction records, and what the public reads of restricted data."""
