"""The report of an examination: one list of blocks, written as HTML, PDF and DOCX, with tables and maps beside it."""
