"""Frozen values that every room speaks of; no behaviour but their own."""
