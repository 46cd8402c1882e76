"""Synthetic feeds: seeded, without end; they look like England and Wales in small, and nobody in them is real."""
