"""Measurements that a person runs; no test asserts a time."""
