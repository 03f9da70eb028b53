"""Saved queries over the logs, in CloudWatch Logs Insights and in Athena."""
