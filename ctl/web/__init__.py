"""The screens: what happened (from Postgres) and what happens now (from the switchboard), for people who are signed in.

The only room that knows HTTP. Every page exists as JSON too, made from the same record.
"""
