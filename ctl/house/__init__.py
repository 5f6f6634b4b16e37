"""The house: what stands on this machine and which processes run in it.

Installs what is missing (Asterisk in a root file system of its own, Postgres), starts and stops the parts of the
centre in order, and tells how they are. It knows nothing of calls; the parts are plain commands to it.
"""

from ctl.house.asterisk import asterisk_command as asterisk_command
from ctl.house.asterisk import asterisk_owner as asterisk_owner
from ctl.house.errors import HouseError as HouseError
from ctl.house.errors import Progress as Progress
from ctl.house.rootfs import ensure_rootfs as ensure_rootfs
