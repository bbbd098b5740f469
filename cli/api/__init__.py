"""The client's side of the HTTP API: where it is, what it says, and how its operations are followed."""
