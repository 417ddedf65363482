"""What the transformers policy is made of: loading, prompts, drawing tokens, reading them back, the decode loop."""
