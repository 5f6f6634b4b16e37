"""What the screens call things, in plain official Japanese, all in this room.

`values`: a word for each value of an enumeration. `frame`: what stands around every page. A screen's own sentences stand
in its template; what two screens say, or what a program chooses, stands here.
"""

from ctl.web.words.accounts import *  # noqa: F403
from ctl.web.words.audit import *  # noqa: F403
from ctl.web.words.floor import *  # noqa: F403
from ctl.web.words.frame import *  # noqa: F403
from ctl.web.words.problems import *  # noqa: F403
from ctl.web.words.settings import *  # noqa: F403
from ctl.web.words.tokens import *  # noqa: F403
from ctl.web.words.values import *  # noqa: F403
