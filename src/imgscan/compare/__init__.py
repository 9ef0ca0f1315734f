"""Two reports held against each other: what a rebuild or a hardening changed."""
