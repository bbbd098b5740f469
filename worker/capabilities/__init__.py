"""The built-in capabilities, one file each, discovered by the worker."""
