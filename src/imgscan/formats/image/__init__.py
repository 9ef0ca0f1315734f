"""Documents of an image: manifest, config, history, and reports about it."""
