"""Recipes: models that learn from the solver's verdicts, and what the shipped models were trained with."""
