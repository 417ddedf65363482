"""Terminal output, HTML pages and graphs that the commands share."""
