"""What stands around every page: the name of the house, the menu of the screens, the menu of the person."""

from dataclasses import dataclass

CENTRE = "総合コールセンター"
TO_MAIN = "本文へ"
SCREENS = "画面"
JAPAN_TIME = "時刻は日本時間"
OWN_ACCOUNT = "自分のアカウント"
LOG_OUT = "ログアウト"
TOASTS = "お知らせ"


@dataclass(frozen=True, slots=True)
class Screen:
    """An entry of the menu, for those who may do ``action`` (a value of the policy's actions)."""

    href: str
    label: str
    action: str


NAV = (
    Screen("/floor", "現在の状況", "see_floor"),
    Screen("/wallboard", "大画面", "see_wallboard"),
    Screen("/calls", "通話の記録", "see_calls"),
    Screen("/settings", "設定", "see_settings"),
    Screen("/accounts", "アカウント", "manage_accounts"),
    Screen("/audit", "操作の記録", "see_audit"),
    Screen("/tokens", "アクセストークン", "manage_tokens"),
    Screen("/wallboard/screens", "大画面の端末", "manage_tokens"),
)
"""In the order of the day's work. A screen enters here when it exists."""
