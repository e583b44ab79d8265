"""Sends the rows of a list one by one or in bulk, with the ledger and the refused rows of the run."""
