"""Prompt templates for language-model formalisers and judges: plain text files."""
