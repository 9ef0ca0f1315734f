"""What others build upon imgscan, run by its tests."""
