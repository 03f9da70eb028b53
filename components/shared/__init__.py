"""Modules that all areas use: log groups, alarms, buckets, hardened instances, policy documents and names.

Nothing here imports from another area of `components`.
"""
