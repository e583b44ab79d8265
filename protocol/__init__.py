"""Pulumi's protocol without its SDK: messages, property values, URNs and type tokens.

`engine/` and `providers/host/` speak it, and `digo/` reads a state with it. It imports none of these.
"""
