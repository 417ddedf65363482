"""Workers that contain a solver's crash, budgets, records and resume."""
