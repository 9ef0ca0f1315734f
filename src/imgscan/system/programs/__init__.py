"""Programs by name and content, and what the image starts."""
