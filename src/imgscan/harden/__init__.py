"""From findings to the exact remedy: a Dockerfile fragment, and how to run the image."""
