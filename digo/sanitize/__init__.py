"""Makes foreign text safe for its target: one module for each target.

Names, keys, file names and replies come from other people. Each target has its own active characters: escape sequences
of a terminal, formulas of a spreadsheet, mentions in Markdown, commands in a pipeline's log.
"""
