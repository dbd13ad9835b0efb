"""LINE's webhook: the signature, and the events."""
