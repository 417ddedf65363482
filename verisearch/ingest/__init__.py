"""Reading problems and traces from every format."""
