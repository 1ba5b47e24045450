"""Small LivePortrait templates as Python's own pickle writes them, for tests that read them back."""

import pickle

import numpy as np

from thermvision.motion.euler import rotation_from_euler_deg


def template_data(frames=3, *, older=False, ratios=True, newer=False, expression=None, angles_deg=None):
    """What LivePortrait puts into a template; angles (yaw, pitch, roll) with our signs."""
    random = np.random.default_rng(0)
    motion = []
    for index in range(frames):
        angles = angles_deg[index] if angles_deg is not None else random.uniform(-20, 20, 3)
        stored = rotation_from_euler_deg(*angles).T.astype(np.float32)
        shift = expression[index] if expression is not None else random.normal(0, 5e-3, (21, 3))
        frame = {
            "scale": np.full((1, 1), 1.4, np.float32),
            "R_d" if older else "R": np.asfortranarray(stored[None]),
            "exp": shift[None].astype(np.float32),
            "t": np.array([[0.01 * index, 0.02, 0.0]], np.float32),
        }
        if newer:
            frame |= {"kp": np.zeros((1, 21, 3), np.float32), "x_s": np.zeros((1, 21, 3), np.float32)}
        motion.append(frame)
    data = {"n_frames": frames, "output_fps": 25, "motion": motion}
    if ratios:
        names = ("c_d_eyes_lst", "c_d_lip_lst") if older else ("c_eyes_lst", "c_lip_lst")
        data[names[0]] = [np.full((1, 2), 0.3, np.float32)] * frames
        data[names[1]] = [np.full((1, 1), 0.1, np.float32)] * frames
    return data


def write_template(path, *, protocol=4, **options):
    path.write_bytes(pickle.dumps(template_data(**options), protocol))
    return path
