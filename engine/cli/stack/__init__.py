"""`stack`: create, select, show, import, export, rename and remove stacks."""
