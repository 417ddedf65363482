"""Recipes: what the shipped models were trained with."""
