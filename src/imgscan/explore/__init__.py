"""An image to walk through on a terminal: layers, what each did to which path, findings, contents without secrets."""
