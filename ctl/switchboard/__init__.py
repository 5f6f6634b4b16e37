"""The switchboard decides about calls, and does nothing else.

``step(floor, event, now) -> (floor, effects)`` is the whole interface. The room is pure: standard library only,
no I/O, no clock, no randomness, no logging. Every instant is an integer of milliseconds since the Unix epoch (UTC)
and comes from outside, every identifier is derived from the call it belongs to. So every decision can be replayed,
property-tested and explained.
"""
