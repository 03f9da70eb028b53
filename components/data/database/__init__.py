"""Code that Aurora and RDS share: arguments, parameters, logs, alarms and users."""
