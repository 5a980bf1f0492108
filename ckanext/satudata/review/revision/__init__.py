"""Working copies of published data, and the files and tables that follow them."""
