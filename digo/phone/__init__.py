"""Phone numbers: how they are read and spelt, and which ranges numbering plans have handed out."""
