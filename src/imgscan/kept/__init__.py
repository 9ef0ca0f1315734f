"""Facts that are kept from scan to scan: under which key, in what form, and what may go in."""
