"""The data set on disk: schema, clips, split, card, pictures."""
