"""Many expressions searched for at once in bytes."""
