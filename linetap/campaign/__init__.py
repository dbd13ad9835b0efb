"""Campaigns: messages with fields in them, the body for CleverTap, and what each person would receive."""
