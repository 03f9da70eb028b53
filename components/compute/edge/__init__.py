"""The public load balancer with its certificate and its firewall."""
