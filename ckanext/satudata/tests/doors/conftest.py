"""The world of the matrices, and the count of cells at the end of the run."""

from __future__ import annotations
