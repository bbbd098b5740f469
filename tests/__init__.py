"""Every test of Callboard, in folders named like what they test."""
