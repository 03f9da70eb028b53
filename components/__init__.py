"""The components of the architecture: what a stack is built from."""
