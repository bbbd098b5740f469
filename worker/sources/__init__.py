"""Where a workspace gets its files: a folder of this host, or a git repository elsewhere."""
