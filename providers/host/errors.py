"""The error of a request to the host."""


class HandlerError(Exception):
    """The request failed. The text is for the user: what was not done, and the next step."""
