"""Figures of a result folder, drawn from its files alone."""
