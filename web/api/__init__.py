"""One blueprint per resource; a module here with a `blueprint` is found by itself."""
