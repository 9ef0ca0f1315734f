"""Programs that serve an intruder and seldom a service, and daemons with what starts them."""
