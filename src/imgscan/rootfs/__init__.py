"""LayerFacts in order to one merged filesystem, every path with its timeline."""
