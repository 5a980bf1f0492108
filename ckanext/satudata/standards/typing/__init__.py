"""A small table typed in the browser, for offices without a spreadsheet (*Isi tabel di sini*)."""
