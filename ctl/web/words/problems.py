"""Problems of the files in Japanese. A message without a pattern here is shown as it is, marked as English."""

import re

_TRANSLATED: tuple[tuple[str, str], ...] = (
    (r"there is no (.+?) '(.*?)'; did you mean '(.*?)'\? allowed: (.*)", r"\1「\2」はありません。「\3」のことですか。使えるもの：\4"),
    (r"there is no (.+?) '(.*?)'; allowed: (.*)", r"\1「\2」はありません。使えるもの：\3"),
    (r"there is no (.+?) '(.*?)'; (.*)", r"\1「\2」はありません"),
    (r"the key 'kind' must say what the node does; allowed: (.*)", r"kind に部品の種類を書いてください。使えるもの：\1"),
    (r"the key '(.*)' is missing", r"「\1」が書かれていません"),
    (r"unknown key; did you mean '(.*?)'\? allowed: (.*)", r"知らない項目です。「\1」のことですか。使えるもの：\2"),
    (r"unknown key; allowed: (.*)", r"知らない項目です。使えるもの：\1"),
    (r"the key stands twice \(first on line (\d+)\); keep one", r"同じ項目が2つあります（最初は\1行目）。片方を消してください"),
    (r"(.+?) (\S+) stands twice \(first on line (\d+)\); keep one", r"\1 \2 が2つあります（最初は\3行目）。片方を消してください"),
    (r"not YAML: (.*); look at the .*", r"YAMLとして読めません（\1）。字下げ、コロン、引用符、かっこを確かめてください"),
    (r"input should be a valid (?:integer|number).*; got '(.*)'", r"数で書いてください（いまは「\1」）"),
    (r"input should be greater than or equal to (\S+); got '(.*)'", r"\1以上にしてください（いまは \2）"),
    (r"input should be greater than (\S+); got '(.*)'", r"\1より大きくしてください（いまは \2）"),
    (r"input should be less than or equal to (\S+); got '(.*)'", r"\1以下にしてください（いまは \2）"),
    (r"string should have at least 1 character; .*", "空にはできません"),
    (r"string should have at most (\d+) characters; .*", r"\1文字までです"),
    (r"input should be a valid string.*", "文字で書いてください"),
    (r"list should have at least 1 item.*", "1つ以上書いてください"),
    (r"dictionary should have at least 1 item.*", "1つ以上書いてください"),
    (r"'(.*)' is not a telephone number: .*", r"「\1」は電話番号ではありません。0から始まる10桁か11桁にしてください"),
    (r"'(.*)' is not a name: .*", r"「\1」は名前に使えません。英小文字で始め、英小文字・数字・ハイフンで書いてください"),
    (r"'(.*)' is not a reading: .*|'(.*)' is not a reading.*", "ひらがなで書いてください"),
    (r"'(.*)' is not an extension: .*", r"「\1」は内線番号ではありません。3～5桁の数字か、2001-2010 のような範囲にしてください"),
    (r"'(.*)' is not a department's code: .*", r"「\1」は部署の番号ではありません。3桁か4桁の数字にしてください"),
    (r"'(.*)' is not a band of opening hours; .*", r"「\1」は時間帯ではありません。8:30-17:15 か closed のように書いてください"),
    (r"'(.*)' is not a time; .*", r"「\1」は時刻ではありません。0:00～24:00 で書いてください"),
    (r"'(.*)' is not a date; .*", r"「\1」は日付ではありません。2026-12-29、12-29（毎年）、12-29..01-03 のように書いてください"),
    (r"'(.*)' is not a weekday; .*", r"「\1」は曜日ではありません。mon、mon-fri、every-day のように書いてください"),
    (r"(\d+) names for (\d+) extensions; .*", r"内線\2個に氏名が\1人です。内線の数だけ書いてください"),
    (r"no caller ever comes here; .*", "ここに来る道がありません。どこかからつなぐか、消してください"),
    (r"a caller who does nothing goes round for ever: (.*); let .*", r"何も押さないかたが回り続けます（\1）。どこかを待ち行列か終了につないでください"),
    (r"the announcement names the key (.), which leads nowhere; add it", r"アナウンスは「\1」を案内していますが、行き先がありません"),
    (r"no announcement of this menu names the key (.)", r"「\1」を案内するアナウンスがありません"),
    (r"nothing says this announcement", "どこでも使われていません"),
    (r"no number in services.yaml leads to this flow, and no mode", "どの番号からも、どのモードからも使われていません"),
    (r"no operator has a skill that this queue asks for, .*", "受けられるオペレーターが1人もいません"),
    (r"in this mode no operator has a skill .*", "このモードで受けられるオペレーターが1人もいません"),
    (r"the announcement '(.*)' is missing; .*", r"システムが話すアナウンス「\1」がありません"),
    (r"(\S+) may not be dialled: .*", r"\1 は発信できる番号ではありません。発信できる番号に先頭の数字を加えてください"),
    (r"(\S+) is none of our numbers; .*", r"\1 はこのセンターの番号ではありません"),
    (r"operators may call numbers that begin with (\S+) .*", r"\1 で始まる番号（高い通話料）へ発信できます"),
    (r"the file is empty; .*", "ファイルが空です"),
)  # fmt: skip
_PATTERNS = [(re.compile(pattern, re.DOTALL), said) for pattern, said in _TRANSLATED]
_IN_ALL = re.compile(r" \((\d+) in all\)")
_KINDS = {
    "node": "部品",
    "queue": "待ち行列",
    "flow": "自動案内",
    "skill group": "技能グループ",
    "announcement": "アナウンス",
    "opening hours": "受付時間",
    "department": "部署",
    "business menu": "業務メニュー",
    "site": "別拠点",
    "extension": "内線",
    "number": "番号",
    "code": "番号",
    "feature code": "操作番号",
    "prefix": "先頭の数字",
}


def in_japanese(message: str) -> str | None:
    """None when there are no words for it."""
    for pattern, said in _PATTERNS:
        if match := pattern.fullmatch(message):
            kind = _KINDS.get(match[1] or "") if match.groups() and said.startswith(r"\1") else None
            words = match.expand(said if kind is None else kind + said.removeprefix(r"\1")).strip()
            return _IN_ALL.sub(r"（全部で\1）", words)
    return None
