"""One layer, read once, to its LayerFacts."""
