"""A portal's own tables of the review: read from YAML, refused where they are not safe, shown as text and diagram."""
