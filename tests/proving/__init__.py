"""The proving ground: load, faults, malice and endurance against a real centre, one command each.

Every command prints a table of cases, writes the same with plots below ``.run/reports/`` and ends with 1 when a case
did not hold. An operator of the centre runs them before each upgrade: docs/proving.md.
"""
