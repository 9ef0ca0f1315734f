"""The history of an image: who wrote it, which layer each line made, where the base ends, what it admits."""
