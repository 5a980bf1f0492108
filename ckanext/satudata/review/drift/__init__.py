"""Where the state of the review, CKAN's own rows and the index say different things: found, and mended."""
