"""Programs that no package brought, known by their content."""
