"""Speaks HTTP: the Flask API, the live frames beside it, and the one server for both."""
