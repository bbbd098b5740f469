"""What `callboard up` runs on this machine, and how it starts, is watched and ends."""
