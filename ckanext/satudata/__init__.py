"""Satu Data Indonesia for CKAN. A room per capability; see ``docs/decisions/0001-rooms.md``."""
