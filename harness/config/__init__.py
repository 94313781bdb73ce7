"""From the command line to frozen settings."""
