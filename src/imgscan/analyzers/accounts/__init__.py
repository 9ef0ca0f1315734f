"""Who may log in and become whom: users, groups, passwords, sudo, sshd and its keys."""

from __future__ import annotations

from imgscan.analyzers.accounts.analyzer import Accounts

__all__ = ["Accounts"]
