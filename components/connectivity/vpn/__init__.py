"""The staff VPN: a self-replacing host with OpenVPN Access Server."""
