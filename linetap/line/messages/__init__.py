"""LINE's message objects as frozen values."""
