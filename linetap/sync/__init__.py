"""Followers of LINE become profiles of CleverTap: every one in exactly one state, none lost."""
