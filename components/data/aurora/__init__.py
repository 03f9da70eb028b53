"""Aurora PostgreSQL."""
