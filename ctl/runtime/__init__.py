"""Runs the decisions: the one event loop that owns the floor, its memory across restarts, and its door for people.

`engine` steps the pure switchboard and journals before it acts; `recovery` brings the floor back; `live` tells the
floor and takes commands on a Unix socket, `client` is its other end; `sentinel` is the small separate process that
rescues callers when all of this is away.
"""
