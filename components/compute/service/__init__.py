"""A container service: task, load balancer target, rights, scaling, alarms and calls between services."""
