"""Runs operations: the Celery worker, its executor, its keeper and the capabilities."""
