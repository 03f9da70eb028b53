"""The delivery of log groups to the archive, and the masking of sensitive data."""
