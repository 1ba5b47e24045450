"""Painting thermal faces with FLUX models: what painting and fine-tuning share."""
