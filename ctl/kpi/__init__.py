"""What the contract measures (別紙3, 別紙4), each figure defined once and under a version.

Pure, as the switchboard is: the same definitions count live, in Postgres (`ctl.cms.service`) and in a simulated day.
"""
