"""What the data is for: detection, landmarks and gender, measured by one protocol (docs/protocol.md)."""
