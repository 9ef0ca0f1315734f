"""Files that gain capabilities when run."""
