"""Java archives: what they are by name, manifest and Maven's own files, and which archives are inside."""
