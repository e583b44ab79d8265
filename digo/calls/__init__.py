"""Acts on calls, and downloads of call records.

This is the work of the commands `call`, `announce`, `hangup`, `transfer` and `records`, without the command line.
"""
