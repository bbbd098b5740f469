"""The rows of the fault matrix, one file a class of faults; every function marked with `@fault` is found here."""
