"""A fresh desk for these tests."""

from __future__ import annotations

from tests.support.desk import desk

__all__ = ["desk"]
