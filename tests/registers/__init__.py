"""Tests of what is computed from the registers and sheets."""
