"""The audit trail looked at: verification, anchors kept elsewhere, exports, and its page."""
