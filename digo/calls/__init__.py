"""Acts on calls and downloads of call records: what the commands `call`, `announce`, `hangup`, `transfer` and
`records` do, without the command line."""
