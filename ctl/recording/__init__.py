"""Recordings: what Asterisk wrote of a call, cut into the stretches in which somebody talked.

`docs/recordings.md` tells how file time and call time were measured against each other, and what is promised.
"""
