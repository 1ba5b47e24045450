"""The steps of baking `assets/head/head.npz`; run `tools/bake_head.py`."""
