"""What the settings are called: pages, fields, and the steps of a deploy."""

import re
from collections.abc import Mapping

SETTINGS_PAGES: Mapping[str, str] = {
    "": "概要",
    "operators": "オペレーター",
    "skills": "技能グループ",
    "queues": "待ち行列",
    "departments": "部署",
    "calendar": "受付時間",
    "numbers": "番号・外線",
    "modes": "運用モード",
    "announcements": "アナウンス",
    "prompts": "試聴",
    "centre": "電話機",
    "flows": "自動案内",
    "review": "確認と反映",
    "history": "履歴",
}
"""The pages below ``/settings``, in the order of their menu."""

SETTINGS_FILES: Mapping[str, str] = {
    "operators.yaml": "オペレーター",
    "queues.yaml": "技能グループ・待ち行列",
    "departments.yaml": "部署",
    "calendar.yaml": "受付時間",
    "services.yaml": "番号・業務メニュー",
    "modes.yaml": "運用モード",
    "announcements.yaml": "アナウンス",
    "centre.yaml": "電話機・離席理由・外線",
}


def file_label(file: str) -> str:
    """What people call a file: flows by the name that numbers and modes use."""
    if file.startswith("flows/"):
        return f"自動案内 {file.removeprefix('flows/').removesuffix('.yaml')}"
    return SETTINGS_FILES.get(file, f"録音 {file.removeprefix('sounds/')}" if file.endswith(".wav") else file)


SETTINGS_KEYS: Mapping[str, str] = {
    "operators": "オペレーター",
    "names": "氏名",
    "skills": "技能",
    "supervises": "担当グループ",
    "groups": "技能グループ",
    "queues": "待ち行列",
    "label": "名称",
    "stages": "段階",
    "group": "グループ",
    "max_level": "レベル",
    "after_seconds": "開始（秒後）",
    "priority": "優先度",
    "ring_timeout_seconds": "呼出時間（秒）",
    "entry": "入るときの案内",
    "repeat": "待つ間の案内",
    "repeat_seconds": "案内の間隔（秒）",
    "overflow": "溢れ規則",
    "callback": "折り返し",
    "wrap_up": "後処理",
    "announce": "待ち順・待ち時間の案内",
    "routing": "順番の規則",
    "departments": "部署",
    "name": "名称",
    "reading": "よみ",
    "numbers": "電話番号",
    "hours": "受付時間",
    "weekdays": "曜日",
    "holidays": "祝日",
    "exceptions": "例外日",
    "services": "番号",
    "flow": "自動案内",
    "queue": "待ち行列",
    "menus": "業務メニュー",
    "trunk": "外線",
    "limit": "同時に使える数",
    "reserve": "取次用に空けておく数",
    "caller_id": "通知する番号",
    "outside": "外への発信",
    "destinations": "発信できる番号",
    "modes": "運用モード",
    "sites": "別拠点",
    "staffing": "応援",
    "degraded": "縮退運用",
    "when_nobody": "不在時の転送",
    "announcements": "アナウンス",
    "text": "文",
    "sound": "録音",
    "voice": "音声合成",
    "speed": "速さ",
    "half_tone": "高さ（半音）",
    "not_ready_reasons": "離席理由",
    "features": "電話機の操作番号",
    "telephones": "応じない電話機",
    "nodes": "案内の部品",
    "choices": "押す番号",
    "next": "次",
    "start": "始まり",
    "say": "案内",
    "fallback": "押されないとき",
    "attempts": "くり返す回数",
    "timeout_seconds": "待つ秒数",
    "menu": "業務メニュー",
    "kind": "種類",
    "open": "時間内",
    "closed": "時間外",
}
"""A word for a key of the files; a name that people gave stands for itself."""

DEPLOY_STEPS: tuple[tuple[str, str], ...] = (
    (r"another deploy is at work: waiting for it", "ほかの反映が終わるのを待っています"),
    (r"checking in a throw-away Asterisk", "試験用の電話交換機で確かめています"),
    (r"announcement (\d+) of (\d+): (.*)", r"音声を作っています（\1／\2）：\3"),
    (r"no quiet moment came: .*", "通話の合間を待ちましたが、続けて反映します"),
    (r"reloaded: (.*)", r"電話交換機に読み込ませました（\1）"),
    (r"nothing changed: .*", "反映中の設定と同じです。何も変わりません"),
    (r"generation (\d+) is in force", r"第\1世代を反映しました"),
    (r"Asterisk is not running; .*", "電話交換機は動いていません。次に動くときから有効です"),
    (r"takes effect when Asterisk starts next: (.*)", r"次に電話交換機が動くときから有効：\1"),
    (r"switchboard: .*", "新しい着信から、この設定で応対します"),
    (r"the switchboard is not running; .*", "交換制御は動いていません。次に動くときから有効です"),
    (r"(.*) was changed by somebody else meanwhile: left as it is", r"\1 はほかの人が変えたため、そのままです"),
    (r"(.*) cannot be written \((.*)\): .*", r"\1 に書き込めません（\2）。ファイルと反映中の設定が違います"),
    (r"the deploy of generation (\d+) was cut off: .*", r"途中で止まった第\1世代の反映を元に戻しています"),
    (r"generation (\d+) was not taken in .*", r"第\1世代を電話交換機に読み込ませ直しています"),
    (
        r"Asterisk may not have read all of it: .*",
        "電話交換機が一部を読み込んでいません。動くようになってから、もう一度反映してください",
    ),
)
"""What a deploy tells, as patterns, and how the screens say it. What matches none (lines of a difference) is not shown."""

_STEPS = [(re.compile(pattern), said) for pattern, said in DEPLOY_STEPS]


def deploy_step(line: str) -> str | None:
    """A line of a deploy for people; None when it is nothing for them."""
    for pattern, said in _STEPS:
        if match := pattern.fullmatch(line):
            return match.expand(said)
    return None


_SOUND_FAULTS = {
    "announcement": "アナウンスを選んでください。",
    "missing": "ファイルを選んでください。",
    "name": "名前は英数字、ハイフン、下線だけ、60文字までにしてください。",
    "unreadable": "WAV か MP3 として読めません。",
    "shape": "8～48kHz の、モノラルかステレオにしてください。",
    "silent": "音が入っていません。",
    "too_long": "長すぎます。アナウンスは3分まで、保留音は5分までです。",
}


def sound_refused(fault: str) -> str:
    """Why an upload cannot be used, and what is allowed."""
    return f"このファイルは使えません。{_SOUND_FAULTS[fault]}（WAV か MP3、40MB まで）"
