"""The `callboard` command."""
