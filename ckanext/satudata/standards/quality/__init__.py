"""How good a dataset's metadata and files are, 0 to 100 and per principle, and whether its figures are up to date."""
