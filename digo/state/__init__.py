"""What earlier runs left: the state of the last up, the journal, interrupted runs."""
