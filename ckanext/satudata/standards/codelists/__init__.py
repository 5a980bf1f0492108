"""Code lists (Kode Referensi, Perpres 39/2019 Ps 10 and 36): loaded, versioned, shown, and what fields choose from."""
