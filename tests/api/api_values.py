"""Values that the tests of the API share."""

from digo.api import Limits

NUMBER = "+12025550101"
CANARY = "canary-token-7f3a"
HASTY = Limits(
    connect_timeout=60.0, reply_timeout=60.0, tries=3, tries_when_limited=4, first_pause=0.01, longest_pause=0.02
)
