"""Who may log in and become whom: users, groups, passwords, sudo, sshd and its keys."""
