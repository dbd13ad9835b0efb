"""LINE: its limits, its rules, its messages, its endpoints and the clients that call them."""
