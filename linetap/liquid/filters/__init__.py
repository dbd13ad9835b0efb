"""LiqP 0.7.9's filters, and those that only CleverTap's pages name."""
