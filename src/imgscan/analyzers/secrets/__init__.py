"""Credentials: rules as data, verified on excerpts, told without their values."""

from imgscan.analyzers.secrets.analyzer import Secrets

__all__ = ["Secrets"]
