"""Detectors of other libraries, run as they are; the only part of prediction that needs torch."""
