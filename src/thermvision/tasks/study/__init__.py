"""A study: what was measured of many models, put side by side."""
