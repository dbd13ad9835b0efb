"""JSON to frozen values and back."""
