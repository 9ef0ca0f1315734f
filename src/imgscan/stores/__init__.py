"""Where facts are kept: a folder, a Redis server."""
