"""The project's folder as the engine has it: its commands, a stack's config, and a stack's state."""
