"""Notices: who is told what of the review, in the portal, by e-mail and through other plugins."""
