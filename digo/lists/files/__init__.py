"""Opens the files of lists: where they are, their formats and encodings, their headers, and the text of their cells."""
