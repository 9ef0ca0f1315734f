"""Software bills of materials of the package inventory."""
