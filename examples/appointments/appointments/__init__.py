"""A sample application: a clinic books appointments, confirms them and sends reminders. All data is synthetic."""
