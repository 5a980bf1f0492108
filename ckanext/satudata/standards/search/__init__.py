"""Finding data: what goes into the index beside CKAN's own, facets and sorting, words of Indonesian."""
