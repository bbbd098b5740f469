"""Tests of the whole, on real workers; a package, so that what its fixtures start ends with it."""
