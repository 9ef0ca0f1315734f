"""A stored blob to a checked stream of tar entries."""
