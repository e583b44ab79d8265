"""Text from elsewhere, made harmless for where it goes: one module for each target.

Names, keys, file names and replies come from other people. Each target has its own signs that do something: a terminal
has escape sequences, a spreadsheet formulas, Markdown mentions, a pipeline's log commands.
"""
