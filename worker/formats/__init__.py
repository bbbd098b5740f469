"""The standard formats of results that workers write and read."""
