"""Mutation testing of the controls: weaken one field of a program at a time and see which control reports it."""
