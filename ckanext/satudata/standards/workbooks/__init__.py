"""The BPS forms as workbooks: read what officers hold, import it with a preview, write it back as Excel and PDF."""
