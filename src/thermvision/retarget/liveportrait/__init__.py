"""The five networks of LivePortrait (Guo et al. 2024, arXiv:2407.03168), written from their formulas; start at `networks`.

Its modules need torch and so are imported by name only, never from `thermvision.retarget`.
"""
