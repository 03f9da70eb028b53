"""The areas of a stack. Each module turns settings into arguments of components; no other code depends on both."""
