"""What a thermal pixel means: radiance, emissivity, cameras, gain control, files."""
