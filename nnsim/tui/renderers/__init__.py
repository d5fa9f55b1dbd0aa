"""Pictures as rows of text: pure functions of a moment and a size, without an app."""
