"""A language model's opinion of the texts, by any OpenAI-compatible endpoint: optional, apart from the measurements."""
