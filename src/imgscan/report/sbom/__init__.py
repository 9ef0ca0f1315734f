"""Software bills of materials of the package inventory; their libraries are the extra ``sbom``."""
