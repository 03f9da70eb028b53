"""Backups by AWS Backup: vault, plan, restore tests, reports."""
