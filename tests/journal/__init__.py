"""Tests of the signed book."""
