"""Measurements: the time and memory of previews and policies, and how many faults the controls report."""
