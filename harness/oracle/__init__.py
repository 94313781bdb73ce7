"""The bias oracle: the exact law of each strategy on tiny explicit models, against the law it is meant to draw from."""
