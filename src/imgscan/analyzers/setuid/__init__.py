"""Files that run with their owner's or group's rights: which are to be expected, and which are not."""
