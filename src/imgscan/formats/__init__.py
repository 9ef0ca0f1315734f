"""Bytes to values, total: for every input a value or an error of the tree."""
