"""Acts on calls: the steps of `digo call`, `announce`, `hangup` and `transfer`."""
