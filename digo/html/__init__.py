"""The HTML pages' common part: how a template becomes a page, the style, and the script."""
