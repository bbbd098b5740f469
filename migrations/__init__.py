"""The database's schema, step by step; `callboard migrate` brings any older one up to date."""
