"""What other programs take from the portal."""
