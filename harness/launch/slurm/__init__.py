"""A sweep as tasks of Slurm: `owning` is its command's side, `task` what runs on a node."""
