"""The forms in which images are archived: each says whether a source is one, and reads it."""
