"""Faces on people's own thermal pictures and videos, written in the formats that other programs read."""
