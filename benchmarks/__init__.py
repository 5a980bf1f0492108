"""Side-by-side measurements: plain CKAN against the same with this extension. Not in the wheel."""
