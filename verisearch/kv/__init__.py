"""The trie key/value cache and the model runner over it."""
