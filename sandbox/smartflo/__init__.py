"""The account of the sibling product, Smartflo: users, legacy agents, numbers, lists, leads in bulk and logins.

It answers on the same port as the account of profile `digo`. The token chooses between the two.
"""
