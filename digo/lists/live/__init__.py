"""The rows that the account has of a list, beside those that config wants."""
