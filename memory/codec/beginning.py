"""Weights of the mixer at a key frame: what they come to on talk, so that short texts gain too.

Found by learning them again and again from where the last round ended, on average, over many
short pieces of held-out talk that no goal is judged by (as Reptile does: Nichol, Achiam and
Schulman 2018). Part of the code's version 1.
"""

import numpy as np
from numpy.typing import NDArray

ALONE = (
    (20195, 5544, -186),  # nothing
    (18395, -194, 2278),  # the byte before
    (7348, -30, 4362),  # 2 bytes
    (6576, 105, 4384),  # 3
    (5966, -205, 4354),  # 4
    (5040, -267, 3256),  # 5
    (5240, -19, 2748),  # 6
    (13224, -10426, 11726),  # the word so far
    (344, -700, 268),  # with the word before
    (2166, -638, 2402),  # with that before it
    (4381, -224, 4126),  # with both
    (7063, -3414, 3039),  # the speaker
    (3247, -286, 2600),  # the line above
    (3944, -168, 2453),  # what followed
    (5359, -388, 1477),  # kinds of bytes
    (2750, 4897),  # the match from 6 bytes on
    (5078, 5533),  # from 16 on
    (0, 0, 0),  # the guesser
    (185,),  # always
)
"""Without a guesser; Q16, for each input in the mixer's order."""

GUIDED = (
    (1748, -2188, -524),  # nothing
    (1498, -2193, -142),  # the byte before
    (1454, -1160, 1481),  # 2 bytes
    (2061, -434, 1786),  # 3
    (2536, -174, 2046),  # 4
    (2504, -118, 2002),  # 5
    (2757, -21, 2060),  # 6
    (3865, -1733, 3702),  # the word so far
    (2382, -195, 2496),  # with the word before
    (2673, -122, 2639),  # with that before it
    (2900, -77, 3096),  # with both
    (3043, -1083, 2217),  # the speaker
    (2441, -119, 2333),  # the line above
    (2448, -237, 2235),  # what followed
    (1669, -1181, 1230),  # kinds of bytes
    (2161, 2579),  # the match from 6 bytes on
    (3589, 3663),  # from 16 on
    (49652, -1771, 12174),  # the guesser
    (719,),  # always
)
"""With one."""


def weights(*, guided: bool) -> "NDArray[np.int32]":
    """Return a set's weights at a key frame, int32 Q16 `[INPUTS]`."""
    rows = GUIDED if guided else ALONE
    return np.array([weight for row in rows for weight in row], np.int32)
