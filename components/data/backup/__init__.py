"""AWS Backup: vaults, backup plan, restore tests, alarms and reports."""
