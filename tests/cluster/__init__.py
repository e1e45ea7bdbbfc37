"""A throw-away Slurm cluster on this machine, and what a build on it must do. `make test-slurm` runs it, not pytest."""
