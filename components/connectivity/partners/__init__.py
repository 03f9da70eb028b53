"""Connections to partners: transit gateway, exchange, site-to-site VPN, shared attachments and PrivateLink."""
