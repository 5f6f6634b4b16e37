"""How things are written on the screens."""

import pytest

from ctl.web.show import browser

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (WINDOWS, "Chrome 126・Windows"),
        (f"{WINDOWS} Edg/126.0.0.0", "Edge 126・Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox 127・Linux"),
        (f"{IPHONE} Mobile/15E148 Safari/604.1", "Safari 17・iPhone"),
        ("curl/8.5.0", "不明なブラウザー"),
        ("", "不明なブラウザー"),
    ],
)
def test_a_browser_is_named_so_that_its_user_knows_it(agent: str, shown: str) -> None:
    assert browser(agent) == shown
