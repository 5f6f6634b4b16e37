"""The screens: what happened (from Postgres) and what happens now (from the switchboard). Read-only, loopback only.

The only room that knows HTTP. Every page exists as JSON too, made from the same record.
"""
