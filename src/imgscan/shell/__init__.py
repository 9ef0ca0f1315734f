"""What shells and their wrappers start, and shells and interpreters by name and by content."""
