"""Tests of milenari, by room."""
