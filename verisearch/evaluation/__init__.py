"""Data sets, metrics and resumable runs over them."""
