"""Writes of orgs."""
