"""Mathematics as it stands in chains of thought: numbers and equations, read exactly, never executed."""
