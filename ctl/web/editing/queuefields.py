"""The fields of a queue, which has more of them than all other kinds, and of what holds for all queues."""

from collections.abc import Mapping

from ctl.web.editing.fields import Field, Is

SAY = "アナウンスの名前。複数はコンマで区切る"

QUEUE = (
    Field("label", "名称", hint="画面に出る名前（60文字まで）", required=True),
    Field("priority", "優先度", Is.NUMBER, "1～9。小さいほど先に受けます", default="5"),
    Field(
        "stages",
        "段階",
        Is.ROWS,
        "時間がたつほど受けられる人が増えます。グループを空にした行は消えます",
        fields=(
            Field("group", "グループ", Is.CHOICE, options="groups"),
            Field("max_level", "レベル（ここまでの人）", Is.NUMBER, default="9"),
            Field("after_seconds", "何秒後から", Is.NUMBER, default="0"),
        ),
    ),
    Field("ring_timeout_seconds", "1人を呼び出す秒数", Is.NUMBER, default="20"),
    Field("entry", "入るときの案内", Is.NAMES, SAY),
    Field("repeat", "待つ間の案内", Is.NAMES, SAY),
    Field("repeat_seconds", "案内の間隔（秒）", Is.NUMBER, default="30"),
    Field("music", "保留音", Is.CHOICE, "選ばなければ、センターの保留音", "music"),
    Field(
        "overflow",
        "溢れ規則",
        Is.ROWS,
        "上から順に見て、最初に当てはまる規則が行き先を決めます。行き先は1つだけ",
        fields=(
            Field(
                "when",
                "いつ",
                Is.CHOICE,
                options=(
                    ("waited", "待った秒数が過ぎたら"),
                    ("expected", "見込みの待ちが長いとき"),
                    ("crowd", "1人あたりの待ちが多いとき"),
                    ("nobody", "誰もログインしていないとき"),
                    ("full", "待つ人が多いとき"),
                    ("closed", "受付時間の外"),
                ),
            ),
            Field("after_seconds", "待った秒数", Is.NUMBER),
            Field("wait_seconds", "見込みの秒数", Is.NUMBER),
            Field("callers", "人数", Is.NUMBER),
            Field("hours", "受付時間", Is.CHOICE, options="hours"),
            Field("queue", "行き先：待ち行列", Is.CHOICE, options="queues"),
            Field("department", "行き先：部署", Is.CHOICE, options="departments"),
            Field("site", "行き先：別拠点", Is.CHOICE, options="sites"),
            Field("callback", "行き先：折り返し", Is.CHECK, default="false"),
            Field("say", "行き先：案内を流して終える", Is.NAMES),
        ),
    ),
    Field(
        "announce",
        "待ち順・待ち時間の案内",
        Is.SECTION,
        fields=(
            Field("first_seconds", "最初の案内まで（秒）", Is.NUMBER, "空欄は案内の間隔と同じ"),
            Field("position", "待ち順を伝える", Is.CHECK, default="false"),
            Field("expected_wait", "待ち時間の見込みを伝える", Is.CHECK, "分からないときは伝えません", default="false"),
            Field("messages", "順に流す案内", Is.NAMES, SAY),
            Field(
                "surge",
                "混み合うときの案内",
                Is.SECTION,
                fields=(
                    Field("waiting", "待つ人数", Is.NUMBER),
                    Field("minutes", "見込みの待ち（分）", Is.NUMBER),
                    Field("say", "案内", Is.NAMES, SAY),
                ),
            ),
            Field(
                "after_hours",
                "受付時間が終わったときの案内",
                Is.SECTION,
                "そのまま待てば応対することを、一度だけ伝えます",
                fields=(
                    Field("hours", "受付時間", Is.CHOICE, options="hours"),
                    Field("say", "案内", Is.NAMES, SAY),
                ),
            ),
        ),
    ),
    Field(
        "callback",
        "折り返しの約束",
        Is.SECTION,
        "待つ代わりに、順番が来たらこちらから電話します",
        fields=(
            Field("hours", "折り返す時間", Is.CHOICE, options="hours", required=True),
            Field("after_seconds", "待った秒数から", Is.NUMBER),
            Field("from_position", "待ち順がこの番号以降なら", Is.NUMBER),
            Field("key", "希望するとき押す番号", default="1"),
            Field("attempts", "かける回数", Is.NUMBER, default="3"),
            Field("retry_seconds", "かけ直すまでの秒数", Is.NUMBER, default="300"),
            Field("preview", "相手を見てから発信する", Is.CHECK, default="false"),
            Field("preview_seconds", "見る秒数", Is.NUMBER, default="30"),
            Field("keep_number_hours", "番号を残す時間", Is.NUMBER, default="24"),
        ),
    ),
    Field(
        "wrap_up",
        "後処理",
        Is.SECTION,
        "書かなければ、全体の決まりのとおり",
        fields=(
            Field(
                "kind",
                "終わり方",
                Is.CHOICE,
                options=(
                    ("none", "なし"),
                    ("fixed", "決まった秒数"),
                    ("limited", "本人が終える。長くても秒数まで"),
                    ("until_done", "本人が終えるまで"),
                    ("until_saved", "記録を保存するまで"),
                ),
                required=True,
            ),
            Field("seconds", "秒数", Is.NUMBER),
        ),
    ),
)

ROUTING = (
    Field("ageing_seconds", "優先度を1つ上げる待ち秒数", Is.NUMBER, "空欄は上げません"),
    Field("keep_place_minutes", "かけ直しても順番を保つ分数", Is.NUMBER, "空欄は保ちません"),
    Field("same_operator_minutes", "前の担当者につなぐ分数", Is.NUMBER, "空欄はつなぎません"),
)

FEATURES: Mapping[str, str] = {
    "login": "ログイン",
    "logout": "ログアウト",
    "ready": "受付可",
    "not_ready": "受付不可",
    "wrap_up_done": "後処理を終える",
    "hold": "保留・解除",
    "consult": "取次の確認",
    "complete": "取次の完了",
    "cancel": "取次の取りやめ",
    "three_way": "三者通話",
    "next_number": "次の番号を呼ぶ",
    "transfer": "確認なしの転送",
    "pick_up": "代理応答",
    "listen": "モニター",
    "whisper": "ささやき",
    "barge": "割り込み",
    "take_over": "引き取り",
}
NEEDED_FEATURES = frozenset(list(FEATURES)[:12])
