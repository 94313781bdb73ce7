"""How likely another model finds a text."""
