"""Where each temperature region is measured on the base mesh, by MediaPipe index or by place."""

from __future__ import annotations

# The subject's right is image left. Several indices: the region holds at each of them.
BY_LANDMARK = {
    "forehead_centre": (151,),
    "forehead_right": (69, 108),
    "forehead_left": (299, 337),
    "forehead_top": (10,),
    "forehead_bottom": (9,),
    "glabella": (8,),
    "temple_right": (139, 71),
    "temple_left": (368, 301),
    "inner_canthus_right": (133,),
    "inner_canthus_left": (362,),
    "outer_canthus_right": (130,),
    "outer_canthus_left": (359,),
    "upper_eyelid_right": (27, 29, 222),
    "upper_eyelid_left": (257, 259, 442),
    "nose_bridge": (6, 197),
    "nose_tip": (4, 1, 44, 274),
    "nostril_right": (48, 64),
    "nostril_left": (278, 294),
    "cheek_right": (50, 205, 187),
    "cheek_left": (280, 425, 411),
    "upper_lip": (164, 165, 391, 57, 287, 43, 273),
    "lip_upper": (0, 37, 267, 11, 72, 302),
    "lip_lower": (17, 84, 314, 16, 85, 315, 61, 291),
    "chin": (199, 175),
    "jaw_right": (138, 172, 58),
    "jaw_left": (367, 397, 288),
}
