"""What a build left behind: caches, documentation, repositories, headers, bytes that nobody sees any more."""
