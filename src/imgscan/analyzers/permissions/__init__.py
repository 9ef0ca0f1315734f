"""Who may change what: world-writable files, odd owners, loose modes, and what the container's user can write."""
