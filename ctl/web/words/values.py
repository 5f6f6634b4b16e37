"""What the screens call things, in plain official Japanese. One table per enumeration; tests hold them complete.

What sentences and labels say alike stands in `ctl.switchboard.explain_ja`.
"""

from collections.abc import Mapping

from ctl.recording.cutter import Verdict
from ctl.runtime.document import CONSULTING, HOLDING
from ctl.switchboard import operator
from ctl.switchboard.events import AlarmKind
from ctl.switchboard.explain_ja import JAPANESE
from ctl.switchboard.floor import Phase
from ctl.switchboard.kinds import CallKind, HandoffResult, OfferResult, OperatorState, Outcome, SegmentKind

OUTCOMES: Mapping[str, str] = JAPANESE.outcomes

WITHOUT_TALK = {
    Outcome.ABANDONED_IVR,
    Outcome.ABANDONED_QUEUE,
    Outcome.ABANDONED_RINGING,
    Outcome.CALLBACK,
    Outcome.CLOSED,
    Outcome.OVERFLOWED,
    Outcome.REFUSED,
    Outcome.TRUNK_FULL,
}
"""Nobody talked with the citizen, so there is nothing to listen to."""

OUTCOME_SIGNS: Mapping[str, str] = {
    Outcome.ANSWERED: "●",
    Outcome.HANDED_OFF: "◆",
    Outcome.FORWARDED: "◇",
    Outcome.ABANDONED_IVR: "△",
    Outcome.ABANDONED_QUEUE: "△",
    Outcome.ABANDONED_RINGING: "△",
    Outcome.CALLBACK: "▽",
    Outcome.CLOSED: "－",
    Outcome.OVERFLOWED: "－",
    Outcome.REFUSED: "－",
    Outcome.TRUNK_FULL: "▽",
    Outcome.FALLBACK: "○",
    Outcome.LOST: "×",
}
"""A sign beside each outcome, so that none is told by colour alone."""

KINDS: Mapping[str, str] = {
    CallKind.INBOUND: "着信",
    CallKind.INTERNAL: "内線",
    CallKind.OUTBOUND: "発信",
    CallKind.FEATURE: "電話機操作",
    CallKind.SUPERVISION: "モニター",
    CallKind.CALLBACK: "折り返し",
}

ALARMS: Mapping[str, str] = {
    AlarmKind.NOBODY_LOGGED_IN: "お待ちのかたがいますが、応対できるオペレーターがログインしていません",
    AlarmKind.NOBODY_AT_WORK: "お待ちのかたがいますが、応対できるオペレーターが全員受付不可です",
    AlarmKind.LONG_WAIT: "長くお待ちのかたがいます",
    AlarmKind.ABANDONMENT: "この1時間の放棄率が上限に達しました",
    AlarmKind.TRUNK_NEARLY_FULL: "外線の空きが少なくなっています",
    AlarmKind.TRUNK_FULL: "外線に空きがなく、新しい着信をお断りしています",
    AlarmKind.PBX_AWAY: "電話交換機から応答がありません",
    AlarmKind.TRUNK_AWAY: "通信事業者の回線（外線）が使えません",
    AlarmKind.TOLL_FRAUD: "許可されていない番号への発信が試みられました",
    AlarmKind.BRUTE_FORCE: "画面へのログインの失敗が続いています",
    AlarmKind.ROLES_CHANGED: "利用者の登録、再開、役割の変更、パスワードの再設定、またはアクセストークンの作成がありました",
    AlarmKind.TELEPHONE_ATTACK: "電話機の登録や発信が繰り返し拒否されています（不正アクセスの疑い）",
    AlarmKind.CALLER_MISUSE: "発信者による不審な操作がありました（いたずら・悪用の疑い）",
    AlarmKind.WEB_ATTACK: "画面への不審なアクセスが続いています（不正アクセスの疑い）",
    AlarmKind.AUDIT_BROKEN: "操作の記録が改ざんされています",
    AlarmKind.AUDIT_WAITING: "操作の記録がデータベースに届いていません",
    AlarmKind.RECORDS_WAITING: "通話の記録がデータベースに届いていません",
    AlarmKind.CERTIFICATE_ENDS: "証明書の期限が近づいています",
    AlarmKind.DISK_NEARLY_FULL: "ディスクの空きが少なくなっています",
    AlarmKind.JOURNAL_FAILING: "通話の経過を記憶装置に書き込めません",
    AlarmKind.UNDECIDED: "処理できない出来事がありました（プログラムの不具合）",
    AlarmKind.CLOCK_OFF: "サーバーの時計が通話中に変更されました（通話がなくなり次第合わせます）",
}

WALL_LEVELS: Mapping[str, str] = {"bad": "至急", "warn": "注意"}
"""How bad an alarm on the wallboard is."""

WINDOWS: Mapping[str, str] = {"15": "直近15分", "30": "直近30分", "60": "直近60分", "day": "今日"}
"""Stretches of time for which the floor counts the service."""

SEGMENTS: Mapping[str, str] = {
    SegmentKind.IVR: "自動案内",
    SegmentKind.WAIT: "待ち",
    SegmentKind.TALK: "通話",
    SegmentKind.HOLD: "保留",
    SegmentKind.CONSULT: "取次の確認",
    SegmentKind.THREE_WAY: "三者通話",
    SegmentKind.HANDED_OFF: "取次先と通話",
    SegmentKind.CLOSING: "終了案内",
    SegmentKind.PROMISED: "折り返し待ち",
}

PHASES: Mapping[str, str] = {
    Phase.IVR: "自動案内中",
    Phase.REACHING: "取次先を呼出中",
    Phase.WAITING: "待ち",
    Phase.RINGING: "呼出中",
    Phase.TALKING: "通話中",
    Phase.HELD: "保留中",
    Phase.CONSULT_RINGING: "確認先を呼出中",
    Phase.CONSULTING: "取次の確認中",
    Phase.THREE_WAY: "三者通話中",
    Phase.HANDED_OFF: "取次先と通話中",
    Phase.CLOSING: "終了案内中",
    Phase.DIALLING: "発信中",
    Phase.ELSEWHERE: "予備系で対応中",
    Phase.SUPERVISING: "モニター中",
    Phase.CONFIRMING: "折り返し番号の確認中",
    Phase.PROMISED: "折り返し待ち",
    Phase.PREVIEW: "折り返し先の確認中",
}

STATES: Mapping[str, str] = {
    OperatorState.READY: "受付可",
    OperatorState.OFFERED: "呼出中",
    OperatorState.TALKING: "通話中",
    HOLDING: "保留中",
    CONSULTING: "取次の確認中",
    OperatorState.WRAP_UP: "後処理",
    OperatorState.NOT_READY: "受付不可",
    OperatorState.UNREACHABLE: "電話機応答なし",
    OperatorState.LOGGED_OUT: "ログアウト",
}
"""In the order in which the floor lists them."""

STATE_SIGNS: Mapping[str, str] = {
    OperatorState.READY: "○",
    OperatorState.OFFERED: "◎",
    OperatorState.TALKING: "●",
    HOLDING: "‖",
    CONSULTING: "◐",
    OperatorState.WRAP_UP: "□",
    OperatorState.NOT_READY: "×",
    OperatorState.UNREACHABLE: "？",
    OperatorState.LOGGED_OUT: "－",
}

REASONS: Mapping[str, str] = {
    operator.LOGGED_IN: "ログイン直後",
    operator.RING_TIMEOUT: "呼出に応答なし",
    operator.REFUSED: "呼出を拒否",
    operator.UNREACHABLE: "電話機に届かず",
    operator.SILENT: "電話機が無応答",
}
"""Not-ready reasons that the switchboard gives by itself; the others have their names in the plan."""

ROLES: Mapping[str, str] = JAPANESE.roles

OFFERS: Mapping[str, str] = {
    OfferResult.ANSWERED: "応答",
    OfferResult.RING_TIMEOUT: "応答なし",
    OfferResult.REFUSED: "拒否",
    OfferResult.UNREACHABLE: "電話機に届かず",
    OfferResult.CALLER_GONE: "発信者が切断",
    OfferResult.WITHDRAWN: "取り下げ",
    OfferResult.PICKED_UP: "代理応答",
}

HANDOFFS: Mapping[str, str] = {
    HandoffResult.COMPLETED: "取次完了",
    HandoffResult.BUSY: "話中",
    HandoffResult.NO_ANSWER: "応答なし",
    HandoffResult.REFUSED: "取次不可",
    HandoffResult.UNREACHABLE: "つながらず",
    HandoffResult.CANCELLED: "取りやめ",
    HandoffResult.DEPARTMENT_LEFT: "取次先が切断",
    HandoffResult.CITIZEN_LEFT: "区民が切断",
}

STEPS: Mapping[str, str] = {
    "passed": "通過",
    "key": "選択",
    "timeout": "入力なし",
    "invalid": "無効な番号",
    "given_up": "回数超過",
    "abandoned": "放棄",
}

VERDICTS: Mapping[str, str] = {
    Verdict.COMPLETE: "あり",
    Verdict.SHORT: "一部のみ",
    Verdict.ONE_SIDED: "片側のみ",
    Verdict.MISSING: "なし",
    Verdict.DAMAGED: "破損",
}

ENDED_BY: Mapping[str, str] = JAPANESE.parties
