"""ThermVision: synthetic thermal (long-wave infrared) faces with kelvin in every pixel and exact labels."""

__version__ = "0.1.0"
