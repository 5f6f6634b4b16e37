"""The settings on screen: what is in force, a private draft of it, and the way from one to the other.

`kinds` says what can be edited and with which fields; `entries` are the pages made of it. Flows are edited as text
(`flows`), sounds heard and uploaded (`prompts`), departments taken from a spreadsheet (`table`). `review` and `history`
put a draft in force and bring back what was. Every page works by forms, without script.
"""
