"""Entries that an ordinary build does not make: devices, pipes, strange names and times, holes, links to SUID files."""
