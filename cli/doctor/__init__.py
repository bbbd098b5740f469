"""What `callboard doctor` examines, explains and mends."""
