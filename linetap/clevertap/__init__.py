"""CleverTap: its limits, its rules, its endpoints and the clients that call them."""
