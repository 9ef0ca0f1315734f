"""Users, groups, the runtime user, and what these may do."""
