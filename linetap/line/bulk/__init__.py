"""Bulk sends: many deliveries, one retry key each, an optional journal on disk."""
