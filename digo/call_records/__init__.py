"""Downloads of call records: pages, files and reports."""
