"""What is in a file: facts read from its bytes, kept per file, and computed by a job where the file is large."""
