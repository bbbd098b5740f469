"""How things are told to a person on a terminal."""
