"""Models on pictures: which one is asked for, and what it says of a picture."""
