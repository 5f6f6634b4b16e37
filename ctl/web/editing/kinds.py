"""Everything that can be edited by forms: where it lies, what it is called, which fields it has, on which page it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ctl.web.editing import queuefields as q
from ctl.web.editing.fields import Field, Is
from ctl.web.editing.forms import as_text, shown
from ctl.web.editing.stores import Alone, InList, InMapping, People, Store


@dataclass(frozen=True)
class Kind:
    """``key``: the field that names an entry; None for what is there once. ``columns``: fields shown in the list.

    ``bare``: the value is the text of the only field. ``grows``: entries may be added and removed.
    """

    name: str
    title: str
    store: Store
    fields: tuple[Field, ...]
    columns: tuple[str, ...] = ()
    key: Field | None = None
    bare: bool = False
    grows: bool = True
    hint: str = ""

    def by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    def labels(self) -> list[str]:
        """The heads of the list: the key's and those of the columns."""
        return [self.key.label if self.key else "", *(self.by_name()[column].label for column in self.columns)]

    def cells(self, entry: tuple[str, Any]) -> list[str]:
        """An entry as its row of the list shows it; one that is only a text has it in the first column."""
        key, value = entry
        if self.bare or not isinstance(value, Mapping):
            return [key, *(as_text(value) if n == 0 or self.bare else "" for n in range(len(self.columns)))]
        return [key, *(shown(self.by_name()[column], value.get(column)) for column in self.columns)]


NAME = "英小文字で始め、英小文字・数字・ハイフンで。設定の中で使う名前です"


def _named(label: str) -> Field:
    return Field("key", label, hint=NAME, required=True)


LABEL = Field("label", "名称", hint="画面に出る名前（60文字まで）", required=True)
NUMBERS = Field(
    "numbers", "電話番号", Is.NAMES, "上から順に呼び出します。複数はコンマで区切る（例 03-0000-0101）", required=True
)

OPERATORS = Kind(
    "operators",
    "オペレーター",
    People(),
    (
        Field("name", "氏名", required=True),
        Field("skills", "技能", Is.LEVELS, "1が最も熟練、9が最も浅い。空欄はそのグループの電話を受けません", "groups"),
        Field("everybody", "全員を担当する", Is.CHECK, "スーパーバイザー", default="false"),
        Field("supervises", "担当するグループ", Is.SEVERAL, "スーパーバイザーが見るグループ", "groups"),
    ),
    ("name", "skills", "supervises"),
    Field("key", "内線番号", hint="3～5桁の数字（例 2061）", required=True),
)
GROUPS = Kind(
    "groups", "技能グループ", InMapping("queues.yaml", ("groups",)), (LABEL,), ("label",), _named("グループ"), bare=True
)
QUEUES = Kind(
    "queues",
    "待ち行列",
    InMapping("queues.yaml", ("queues",)),
    q.QUEUE,
    ("label", "priority", "stages", "overflow"),
    _named("待ち行列"),
)
MUSIC = Kind(
    "music",
    "待ち行列の保留音",
    InMapping("queues.yaml", ("music",)),
    (
        Field(
            "files",
            "ファイル",
            Is.NAMES,
            "流す順。コンマで区切る",
            required=True,
        ),
    ),
    ("files",),
    _named("保留音"),
    bare=True,
    hint="曲（WAV か MP3）は、保留音を選ぶか追加して登録します。どの待ち行列で流すかは、待ち行列の「保留音」で選びます。",
)
ROUTING = Kind("routing", "順番の規則", Alone("queues.yaml", ("routing",)), q.ROUTING, grows=False)
DEPARTMENTS = Kind(
    "departments",
    "部署",
    InList("departments.yaml", ("departments",), "code"),
    (
        Field("name", "名称", required=True),
        Field("reading", "よみ", hint="ひらがな", required=True),
        NUMBERS,
        Field("hours", "受付時間", Is.CHOICE, options="hours", required=True),
    ),
    ("name", "reading", "numbers", "hours"),
    Field("key", "番号", hint="3桁か4桁の数字", required=True),
)
HOURS_FIELDS = (
    LABEL,
    Field(
        "weekdays",
        "曜日ごとの時間",
        Is.PAIRS,
        "曜日は mon、mon-fri、every-day。時間は 8:30-17:15、昼休みは 8:30-12:00, 13:00-17:15、休みは closed。空にした行は消えます",
        labels=("曜日", "時間"),
    ),
    Field("holidays", "祝日", Is.CHOICE, options=(("open", "ふだんの曜日と同じ"), ("closed", "休み")), required=True),
    Field(
        "exceptions",
        "例外日",
        Is.PAIRS,
        "曜日・祝日より優先します。2026-12-29、12-29（毎年）、12-29..01-03（毎年の期間）",
        labels=("日", "時間"),
    ),
)
HOURS = Kind(
    "hours", "受付時間", InMapping("calendar.yaml", ("hours",)), HOURS_FIELDS, ("label", "weekdays", "holidays", "exceptions"),
    _named("受付時間"),
)  # fmt: skip
SERVICES = Kind(
    "services",
    "着信番号",
    InList("services.yaml", ("services",), "number"),
    (
        LABEL,
        Field("flow", "自動案内", Is.CHOICE, options="flows", required=True),
        Field("queue", "待ち行列", Is.CHOICE, "自動案内が使えないときの行き先", "queues", required=True),
    ),
    ("label", "flow", "queue"),
    Field("key", "番号", hint="例 0339811111", required=True),
)
MENUS = Kind(
    "menus",
    "業務メニュー",
    InList("services.yaml", ("menus",), ""),
    (),
    (),
    Field("key", "名称", required=True),
    bare=True,
    hint="統計はこの名前で数えます。名前を変えると、別のメニューとして数えられます。",
)
TRUNK = Kind(
    "trunk",
    "外線",
    Alone("centre.yaml", ("trunk",)),
    (
        Field("limit", "同時に使えるチャネル数", Is.NUMBER, required=True),
        Field("reserve", "取次のために空けておく数", Is.NUMBER, "空欄は1割"),
        Field("ring_timeout_seconds", "部署を呼び出す秒数", Is.NUMBER, required=True),
        Field("caller_id", "通知する番号", required=True),
    ),
    grows=False,
)
OUTSIDE = Kind(
    "outside",
    "外への発信",
    Alone("centre.yaml", ("outside",)),
    (
        Field(
            "destinations",
            "発信できる番号",
            Is.ROWS,
            "この数字で始まる番号だけに発信できます。国際電話、0570、0990、0180 は、その数字で始まる行が要ります",
            fields=(Field("prefix", "先頭の数字"), Field("label", "説明")),
        ),
        Field("per_operator_an_hour", "1人が1時間に発信できる回数", Is.NUMBER, required=True),
        Field("an_hour", "全体で1時間に発信できる回数", Is.NUMBER, required=True),
        Field("at_once", "発信に同時に使えるチャネル数", Is.NUMBER, required=True),
    ),
    grows=False,
)
MODES = Kind(
    "modes",
    "運用モード",
    InMapping("modes.yaml", ("modes",)),
    (
        LABEL,
        Field("degraded", "縮退運用", Is.CHECK, "区への報告と許可が要るモード", default="false"),
        Field(
            "numbers",
            "番号ごとの変更",
            Is.MAP,
            fields=(
                Field("number", "番号", Is.CHOICE, options="services"),
                Field("flow", "自動案内", Is.CHOICE, options="flows"),
                Field("queue", "待ち行列", Is.CHOICE, options="queues"),
                Field("site", "別拠点へ転送", Is.CHOICE, options="sites"),
            ),
        ),
        Field(
            "queues",
            "待ち行列ごとの変更",
            Is.MAP,
            "空欄は平常のまま。段階や溢れ規則の変更は「YAMLで編集」で",
            fields=(
                Field("queue", "待ち行列", Is.CHOICE, options="queues"),
                Field("priority", "優先度", Is.NUMBER),
                Field("entry", "入るときの案内", Is.NAMES),
                Field("repeat", "待つ間の案内", Is.NAMES),
            ),
        ),
        Field(
            "staffing",
            "応援",
            Is.MAP,
            "左のグループの担当者が、このモードで受ける技能とレベル",
            fields=(
                Field("group", "グループ", Is.CHOICE, options="groups"),
                Field("", "加わる技能", Is.LEVELS, options="groups"),
            ),
        ),
        Field(
            "hours",
            "受付時間の変更",
            Is.MAP,
            fields=(Field("hours", "受付時間", Is.CHOICE, options="hours"), *HOURS_FIELDS),
        ),
    ),
    ("label", "degraded", "numbers", "queues", "staffing"),
    _named("モード"),
    hint="平常と違うところだけを書きます。切り替えは「現在の状況」でします。",
)
SITES = Kind(
    "sites",
    "別拠点",
    InMapping("modes.yaml", ("sites",)),
    (LABEL, NUMBERS, Field("limit", "同時に転送する通話の数", Is.NUMBER, required=True)),
    ("label", "numbers", "limit"),
    _named("別拠点"),
)
NOBODY = Kind(
    "when_nobody",
    "誰もログインしていないときの転送",
    Alone("modes.yaml", ("when_nobody",)),
    (
        Field("site", "別拠点", Is.CHOICE, options="sites"),
        Field("after_seconds", "続いた秒数", Is.NUMBER),
        Field("numbers", "番号", Is.SEVERAL, "選ばなければすべて", "services"),
        Field("permitted_by", "許可した人"),
        Field("permitted_until", "許可の最後の日", hint="例 2027-03-31"),
    ),
    grows=False,
    hint="区の許可がある期間だけ働きます。すべて空にすると、働きません。",
)
ANNOUNCEMENTS = Kind(
    "announcements",
    "アナウンス",
    InMapping("announcements.yaml", ("announcements",)),
    (
        Field(
            "text", "文", Is.AREA, "電話番号はハイフンを入れて書くと、一桁ずつ読みます（500文字まで）", required=True
        ),
        Field("reading", "読み", hint="文のままでは読み違えるときだけ、かなで"),
        Field("sound", "録音", hint="下で録音を登録すると入ります。空にすると合成の声に戻ります"),
    ),
    ("text", "sound"),
    _named("アナウンス"),
)
VOICE = Kind(
    "voice",
    "合成の声",
    Alone("announcements.yaml", ("voice",)),
    (
        Field("speed", "速さ", Is.NUMBER, "0.5～2.0（ふつうは1.0）"),
        Field("half_tone", "高さ（半音）", Is.NUMBER, "-12～12（ふつうは0）"),
    ),
    grows=False,
)
REASONS = Kind(
    "reasons",
    "離席理由",
    InMapping("centre.yaml", ("not_ready_reasons",)),
    (LABEL,),
    ("label",),
    Field("key", "理由", hint="英小文字と下線で", required=True),
    bare=True,
    hint="上から順に、電話機の 1、2、… の番号になります（9つまで）。",
)
FEATURES = Kind(
    "features",
    "電話機の操作番号",
    Alone("centre.yaml", ("features",)),
    tuple(Field(name, label, hint="例 *11", required=name in q.NEEDED_FEATURES) for name, label in q.FEATURES.items()),
    grows=False,
)
TELEPHONES = Kind(
    "telephones",
    "応じない電話機",
    Alone("centre.yaml", ("telephones",)),
    (
        Field(
            "silence_seconds",
            "つながらないとみなす秒数",
            Is.NUMBER,
            "呼び出しに何も返さない電話機（1～10秒）",
            default="2.5",
        ),
        Field("pause_after_refusal_seconds", "拒否のあと受付可に戻す秒数", Is.NUMBER, "空欄は本人が戻すまで受付不可"),
    ),
    grows=False,
)
WRAP_UP = Kind(
    "wrap_up",
    "後処理",
    Alone("centre.yaml", ()),
    (Field("wrap_up", "通話のあと、終えるまで次の着信を受けない", Is.CHECK, "待ち行列ごとに変えられます"),),
    grows=False,
)

PAGES: Mapping[str, tuple[Kind, ...]] = {
    "operators": (OPERATORS,),
    "skills": (GROUPS,),
    "queues": (QUEUES, MUSIC, ROUTING),
    "departments": (DEPARTMENTS,),
    "calendar": (HOURS,),
    "numbers": (SERVICES, MENUS, TRUNK, OUTSIDE),
    "modes": (MODES, SITES, NOBODY),
    "announcements": (ANNOUNCEMENTS, VOICE),
    "centre": (WRAP_UP, TELEPHONES, REASONS, FEATURES),
}
"""The kinds on each page below ``/settings``."""
