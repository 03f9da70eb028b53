"""Data stores: Aurora, RDS, ElastiCache, and their backups."""
