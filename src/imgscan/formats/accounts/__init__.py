"""Accounts and who may become whom: passwd, crypt, sudoers, sshd."""
