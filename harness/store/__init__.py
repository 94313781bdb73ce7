"""What lies on disk: samples, statuses, times, and which version wrote them."""
