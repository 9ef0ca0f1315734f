"""The report for people: read top-down, in one screen when there is little to say."""
