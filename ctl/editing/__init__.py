"""Changing what operations writes, safely: private drafts of the flows, checked, compared, put in force, taken back.

The YAML files in ``settings.flows`` stay the source. A draft is a copy of them with a note of what they were; nothing in
it reaches the files or a caller before it is applied, and then the files and what is in force become the same.
"""
