"""Files that are not what their packages installed, and programs that no package installed."""
