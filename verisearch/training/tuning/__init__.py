"""Language models that learn from the solver's verdicts on chains: fine-tuning on those that are verified, and
preferences of those over the ones that fail."""
