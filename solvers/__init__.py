"""Solver back ends behind `verisearch.protocols.Solver`, one file each."""
