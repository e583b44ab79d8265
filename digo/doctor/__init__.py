"""`digo doctor`: checks of the installation, the project, the stack, the account and the machine.

A check is a small pure function on facts. `facts` gathers them, each once; `examine` has the list of checks.
"""
