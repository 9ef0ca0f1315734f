"""A file, a folder or a stream to images: manifests, configs, and the stored bytes of their layers."""
