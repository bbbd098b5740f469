"""Breaks a real Callboard in every way of the fault matrix, and counts what was lost and what was doubled."""
