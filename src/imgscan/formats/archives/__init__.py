"""Containers of bytes: tar, zip, compressed streams."""
