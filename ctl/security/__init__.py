"""Who people are and what they may do: policy, accounts, passwords, second factors, sessions; and what they did: audit.

Permission is decided in one place, the table of `ctl.security.policy`; HTTP is the business of `ctl.web`.
"""
