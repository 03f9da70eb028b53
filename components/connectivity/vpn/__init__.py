"""The staff VPN: OpenVPN Access Server."""
