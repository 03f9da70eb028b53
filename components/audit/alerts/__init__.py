"""Alerts on the account: the topic, its alarms and rules, and the tables of what they watch."""
