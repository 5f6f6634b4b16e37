"""Announcements become sound: Japanese text is spoken by a voice on this machine, uploaded recordings are fitted.

What is made is kept by content in the cache shared by all centres, so the second centre, and the second start, find
it there.
"""

from ctl.prompts.ensure import PromptError, ensure

__all__ = ["PromptError", "ensure"]
