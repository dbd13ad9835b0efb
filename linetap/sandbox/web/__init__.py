"""The page that shows what happened in the sandbox."""
