"""Checks of signatures and certificates that shipped settings switch off."""
