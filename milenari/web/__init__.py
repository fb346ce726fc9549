"""Screens: pages over the actions and the questions."""
