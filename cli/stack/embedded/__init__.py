"""PostgreSQL and Valkey from wheels, one adapter each, for a machine that has neither."""
