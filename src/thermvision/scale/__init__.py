"""Running many independent pieces of work; knows nothing of faces."""
