"""Connections to partners: transit gateway, exchange, VPN, shared attachments, PrivateLink."""
