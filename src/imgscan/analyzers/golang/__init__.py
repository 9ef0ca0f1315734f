"""Modules inside Go programs."""
