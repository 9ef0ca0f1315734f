"""What is known against packages: advisories read from dumps, kept in one file, matched by version. No network."""
