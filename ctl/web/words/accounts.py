"""What accounts and their roles are called."""

from collections.abc import Mapping

from ctl.security.policy import Role

STAFF: Mapping[str, str] = {
    Role.OPERATOR: "オペレーター",
    Role.LEADER: "リーダー",
    Role.SUPERVISOR: "スーパーバイザー",
    Role.MANAGER: "センター長",
    Role.SCHEDULER: "スケジューリング担当",
    Role.QA: "モニタリング担当",
    Role.ADMIN: "システム管理者",
    Role.SECURITY: "セキュリティ担当",
    Role.WARD: "区職員（閲覧のみ）",
}

NO_LOGIN_NOW = (
    "データベースにつながらないため、いまはログインできません。通話は続いています。しばらくしてからお試しください。"
)
TOO_BUSY = "ログインが混み合っています。数秒おいてもう一度お試しください。"
OWN_RIGHTS = "自分に役割や受け持ちを加えることはできません。ほかの管理者に頼んでください。"
OWN_EXTENSION = "自分の内線番号を変えることはできません。ほかの管理者に頼んでください。"
WRONG_LOGIN = "ログイン名またはパスワードが違います。"
WRONG_CODE = "確認コードが違います。新しいコードが表示されてから入力してください。"
WRONG_PASSWORD = "パスワードが違います。"
LINK_VOID = (
    "このリンクは使えません。期限（1時間）が過ぎたか、すでに使われています。管理者に新しいリンクを頼んでください。"
)


def wait_sentence(seconds: int) -> str:
    return f"続けて間違えたため、あと {seconds} 秒お待ちください。"
