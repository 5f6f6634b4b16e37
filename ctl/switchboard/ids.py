"""Names of the things on the floor. We choose every one of them before Asterisk hears of it.

A call is named after the unique id of its first leg; everything that belongs to a call carries the call's name as a
prefix and a number that the call never gives out twice (``<call>.o3`` the third child, an offer). A retry is
therefore harmless, and an event that overtakes the reply to its request is recognised.
"""

from typing import NewType

CallId = NewType("CallId", str)
LegId = NewType("LegId", str)
"""One telephone's part in a call; the same string is the Asterisk channel id."""
BridgeId = NewType("BridgeId", str)
PlaybackId = NewType("PlaybackId", str)
Extension = NewType("Extension", str)
"""An operator's number inside the centre, ``2001``."""
Endpoint = NewType("Endpoint", str)
"""A device registered for an extension: ``2001`` (SIP) or ``2001w`` (browser)."""
Number = NewType("Number", str)
"""A public telephone number in national form, digits only: ``0339811111``."""
QueueName = NewType("QueueName", str)
Private = NewType("Private", str)
"""A number to call a citizen back at, or the digits of one keyed so far: used, shown, never kept by history."""
FORGOTTEN = Private("?")
"""What history gives where it no longer knows a private value. As a digit it counts as right: an old call is decided again
as it was."""
GroupName = NewType("GroupName", str)
DepartmentCode = NewType("DepartmentCode", str)
FlowName = NewType("FlowName", str)
NodeName = NewType("NodeName", str)
PromptName = NewType("PromptName", str)
Media = NewType("Media", str)
"""What Asterisk plays: ``sound:ctl/<content hash>`` or ``tone:ring``."""
MusicName = NewType("MusicName", str)
"""What callers who wait hear between announcements; Asterisk's class of the same name."""
CommandId = NewType("CommandId", str)
ModeName = NewType("ModeName", str)
SwitchId = NewType("SwitchId", str)
"""One wish for a mode; named after the command that brought it."""
AlarmId = NewType("AlarmId", str)
"""One alarm from its raise to its end: ``toll_fraud:2001@<instant>.<number>``."""
NoticeId = NewType("NoticeId", str)
"""One short message to every caller; named after the command that brought it."""
Millis = int
"""Milliseconds: since the Unix epoch (UTC) for instants, named ``*_at``; plain for durations, named ``*_ms``."""
