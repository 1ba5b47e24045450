"""Any portrait moved by any motion: clips, previews beside driver and portrait, an editor of expressions, and what is lost."""
