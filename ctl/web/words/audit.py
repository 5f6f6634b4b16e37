"""The audit trail: what was done, in a word each, and what its verification found."""

from collections.abc import Mapping

from ctl.security.audit.entry import Outcome
from ctl.security.audit.verifying import Fault

AUDIT_OUTCOMES: Mapping[str, str] = {Outcome.DONE: "完了", Outcome.REFUSED: "拒否", Outcome.FAILED: "失敗"}
AUDIT_OUTCOME_SIGNS: Mapping[str, str] = {Outcome.DONE: "○", Outcome.REFUSED: "×", Outcome.FAILED: "△"}

AUDIT_ACTIONS: Mapping[str, str] = {
    "access.refused": "権限のない操作",
    "accounts.export": "アカウントの一覧の書き出し",
    "account.change": "アカウントの変更",
    "account.create": "アカウントの作成",
    "account.disable": "アカウントの停止",
    "account.enable": "アカウントの再開",
    "account.reset": "パスワード再設定のリンクの発行",
    "account.roles": "役割・内線・受け持ちの変更",
    "alarm.seen": "警報の確認",
    "audit.export": "操作の記録の書き出し",
    "call.hangup": "通話の切断",
    "call.move": "待っているかたの移動",
    "call.priority": "優先順位の変更",
    "call.pull": "担当の指名",
    "calls.export": "通話の記録の書き出し",
    "callback.cancel": "折り返しの取消",
    "callback.dial": "折り返しの発信",
    "callback.now": "折り返しの優先",
    "mode.back": "平常への復帰",
    "mode.switch": "体制の切替",
    "notice.begin": "お知らせの開始",
    "notice.end": "お知らせの終了",
    "operator.login": "オペレーターのログイン",
    "operator.logout": "オペレーターのログアウト",
    "operator.not_ready": "受付不可",
    "operator.pick_up": "代理応答",
    "operator.pin": "暗証番号の発行",
    "operator.ready": "受付可",
    "operator.record_saved": "記録の保存",
    "operator.secret_shown": "電話機のパスワードの表示",
    "operator.wrap_up_done": "後処理の終了",
    "password.set": "パスワードの設定",
    "recording.hear": "録音の再生",
    "recovery.renew": "回復コードの再発行",
    "second_factor.remove": "二段階認証の解除",
    "second_factor.set": "二段階認証の設定",
    "session.begin": "ログイン",
    "session.end": "ログアウト",
    "session.prove": "本人確認",
    "session.refused": "ログインの拒否",
    "settings.export": "設定の書き出し",
    "settings.apply": "設定の反映",
    "settings.roll_back": "設定を戻す",
    "supervision.barge": "割り込み",
    "supervision.listen": "モニター",
    "supervision.stop": "モニターの終了",
    "supervision.take_over": "通話の引き取り",
    "supervision.whisper": "ささやき",
    "text.send": "連絡文の送信",
    "tokens.export": "アクセストークンの一覧の書き出し",
    "token.create": "アクセストークンの作成",
    "token.refused": "アクセストークンの拒否",
    "token.revoke": "アクセストークンの取消",
}
"""An action that has no word here is shown by its name."""

AUDIT_NOT_VERIFIED = "改ざんの検査はまだ行われていません。検査は起動時と1時間ごとに行います。"
AUDIT_SOUND = "改ざんはありません（{when} に {rows} 件を検査）。"
AUDIT_UNSOUND = "記録が改ざんされています（{when} の検査）：{fault}。データベースに手を加えず、情報セキュリティの責任者に連絡してください。"
AUDIT_FAULTS: Mapping[str, str] = {
    Fault.ALTERED: "{seq}番が書き換えられています",
    Fault.PUT_IN: "{seq}番は後から挿入されたものです",
    Fault.TAKEN_OUT: "{seq}番が削除されています",
    Fault.MOVED: "{seq}番の順序が変えられています",
    Fault.CUT_OFF: "{seq}番以降が削除されています",
    Fault.MADE_ANEW: "{seq}番から作り直されています",
    Fault.HEAD_FORGED: "署名の控えが壊れているか、当センターのものではありません",
}
