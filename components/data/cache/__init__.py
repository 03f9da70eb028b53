"""The cache: ElastiCache with Valkey or Redis OSS."""
