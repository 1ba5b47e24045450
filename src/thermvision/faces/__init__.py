"""Faces on thermal pictures: where they are, their 478 landmarks, how they are turned, and what speaks against using them."""
