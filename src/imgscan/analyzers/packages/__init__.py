"""Which packages an image has, which files are theirs, and whether those are still as their packages made them."""
