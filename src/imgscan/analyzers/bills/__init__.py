"""Bills of materials that lie in the image, held against what is installed."""
