"""An OpenAI-compatible server in front of the batched engine: what it streams is settled, and nothing is taken back."""
