"""What Aurora and RDS share: arguments, parameters, logs, administrator, alarms, users."""
