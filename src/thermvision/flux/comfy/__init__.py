"""ComfyUI workflow files: what they say, and which of it has an effect."""
