"""Writes of obligations."""
