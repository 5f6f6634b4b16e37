"""Access tokens of programs: what each is for."""

from collections.abc import Mapping

from ctl.security.policy import Action

SCOPES: Mapping[str, str] = {
    Action.SEE_FLOOR: "現在の状況を見る",
    Action.SEE_WALLBOARD: "大画面表示を見る",
    Action.SEE_CALLS: "通話の記録を見る",
    Action.SEE_NUMBERS: "電話番号を伏せずに見る",
    Action.HEAR_RECORDINGS: "録音を聞く",
    Action.EXPORT_CALLS: "通話の記録を書き出す",
    Action.SEE_ALARMS: "警報を見る",
    Action.SWITCH_MODE: "体制を切り替える",
    Action.ANNOUNCE: "お知らせを流す",
    Action.SEE_SETTINGS: "設定を見る",
    Action.EDIT_SETTINGS: "設定を変えて反映する",
    Action.SEE_AUDIT: "操作の記録を見る",
    Action.EXPORT_AUDIT: "操作の記録を書き出す",
    Action.SEE_METRICS: "監視の数値を見る",
}

TOKEN_FAULTS: Mapping[str, str] = {
    "name": "名前は英数字と . _ - の2～64文字で、まだ使われたことのないものにしてください。",
    "scopes": "できることを1つ以上選んでください。",
    "until": "期限を選んでください。",
}
TOKEN_BEYOND = "自分の役割でできないことを、トークンに選ぶことはできません。"
TOKEN_REVOKED = "アクセストークンを取り消しました。"

SCREEN_REVOKED = "大画面の端末を取り消しました。表示の更新は数秒で止まります。"
SCREEN_STATES: Mapping[str, tuple[str, str, str]] = {
    "showing": ("good", "●", "表示中"),
    "dark": ("bad", "！", "表示していません"),
    "never": ("info", "－", "まだ開かれていません"),
    "ended": ("warn", "△", "期限切れ"),
    "revoked": ("bad", "×", "取消済み"),
}
"""Kind of tag, sign and word of each state that a screen with the wallboard can be in."""
SCREEN_ENDS_SOON = "まもなく期限です"
