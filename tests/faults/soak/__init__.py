"""A sweep that is killed again and again must end in the bytes of one that was left in peace."""
