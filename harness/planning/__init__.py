"""Every job of a sweep, found, checked and named before the first one runs."""
