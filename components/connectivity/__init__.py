"""Connectivity: partners over the Transit Gateway and the exchange, staff over OpenVPN Access Server."""
