"""A project of a user's own: the files of a new one, and what a newer package changes in them."""
