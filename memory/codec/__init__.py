"""The lossless code: mixing, entropy coding, turns, containers. It knows no model."""
