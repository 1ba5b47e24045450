"""How long and how fast a motion may be: what keeps a damaged file from filling the memory."""

MAX_FRAMES = 200_000  # nearly two hours at 30 frames/s
RATE_LIMITS_HZ = (1.0, 1000.0)
