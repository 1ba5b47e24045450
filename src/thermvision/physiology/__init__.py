"""Skin temperature: between people, over the face."""
