"""Text and HTML tables of results, and progress bars."""
