"""Tests of the fault matrix; a package, so that what its fixtures start ends with it."""
