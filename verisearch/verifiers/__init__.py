"""All that scores a chain, finished or not."""
