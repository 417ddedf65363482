"""Formalisers, the step checker, explanations, the proof graph."""
