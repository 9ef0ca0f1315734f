"""The Report value and its writers: value to bytes."""
