"""One job in this process: see what is missing, write it, say what made it."""
