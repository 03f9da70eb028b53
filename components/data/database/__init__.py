"""Code that Aurora and RDS share: arguments, parameters, logs, administrator, alarms and users."""
