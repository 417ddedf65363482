"""Language models that write: one protocol over transformers, vLLM, servers and recordings."""
