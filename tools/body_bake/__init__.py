"""Helpers of tools/bake_body.py."""
