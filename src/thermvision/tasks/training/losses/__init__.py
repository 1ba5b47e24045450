"""What the networks are asked for."""
