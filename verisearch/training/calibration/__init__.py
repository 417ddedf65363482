"""Post-hoc calibration: what a score means, learned from scores whose outcomes are known, and how well it is met."""
