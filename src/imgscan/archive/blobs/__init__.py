"""The stored bytes of a source, its documents, and what its members say of its form."""
