"""Documents of counties, read to plain rows, and the templates for them. No Django here.

A file or pasted text goes in at ``reading.read_file`` or ``reading.read_text``; out come
tables with the columns that were recognised and item blocks, and from both ``SourceRow``s.
"""
