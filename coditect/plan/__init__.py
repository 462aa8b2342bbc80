"""What a stack is, and how it differs from what was reviewed: the model, its text and its JSON."""
