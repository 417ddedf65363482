"""Self-calibration: a model learns to say how likely its answer is correct, from how far its own answers agree."""
