"""The rules of the built-in analyzers, a table for each analyzer."""
