"""A small web shop: what is sold, what it costs, and who ordered it."""
