"""A fork of this repository, as a team would make it, and the checks that must pass in it."""
