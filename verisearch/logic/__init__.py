"""Formulas and vocabularies, with their readers and writers: SMT-LIB 2, FOL notation, controlled English."""
