"""How a caller's walk through a flow is told, in English and in Japanese."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ctl.switchboard.plan import OverflowWhen


@dataclass(frozen=True, slots=True)
class Words:
    """How a walk is told: templates, and English as it is typed in a terminal."""

    connected: str = "is connected to {name} ({code})"
    unanswered: str = "hears {name} ({code}) ring, and nobody answers"
    hangs_up: str = "hangs up"
    presses: str = "presses {key}"
    silent: str = "presses nothing"
    open: str = "{hours} is open"
    closed: str = "{hours} is closed"
    no_choice: str = "key {key} has no choice"
    gives_up: str = "gives up"
    waits: str = "waits in the queue {queue} ({label}), menu {menu}"
    no_menu: str = "none"
    lost: str = "is lost: the flow leads nowhere"
    hung_up_on: str = "is hung up on"
    rule: str = "overflow rule {n} of the queue {queue}, {when}: {to}"
    when: Mapping[OverflowWhen, str] = field(
        default_factory=lambda: {
            OverflowWhen.WAITED: "after {after:g} s in it",
            OverflowWhen.EXPECTED: "if more than {wait:g} s of waiting are expected",
            OverflowWhen.CROWD: "if more than {callers} wait for each operator at work",
            OverflowWhen.NOBODY: "if nobody who could serve it is logged in (for {after:g} s of waiting)",
            OverflowWhen.FULL: "if {callers} wait already",
            OverflowWhen.CLOSED: "outside {hours}",
        }
    )
    to_queue: str = "on to the queue {to}"
    to_numbers: str = "on to {to} over the trunk"
    to_callback: str = "a call-back is offered"
    to_message: str = "a message, and the end"


ENGLISH = Words()
JAPANESE = Words(
    connected="取次先「{name}」（{code}）につながる",
    unanswered="取次先「{name}」（{code}）を呼び出すが、応答がない",
    hangs_up="電話を切る",
    presses="〔{key}〕を押す",
    silent="何も押さない",
    open="受付時間「{hours}」の内",
    closed="受付時間「{hours}」の外",
    no_choice="〔{key}〕に案内先はない",
    gives_up="回数を使い切った",
    waits="待ち行列「{label}」で待つ（用件：{menu}）",
    no_menu="なし",
    lost="案内先がない（設定の誤り）",
    hung_up_on="案内のあと、こちらから切れる",
    rule="待ち行列「{queue}」の溢れ規則{n}：{when}、{to}",
    when={
        OverflowWhen.WAITED: "{after:g}秒待つと",
        OverflowWhen.EXPECTED: "見込みの待ち時間が{wait:g}秒を超えると",
        OverflowWhen.CROWD: "稼働中のオペレーター1人に対し{callers}人を超えて待つことになると",
        OverflowWhen.NOBODY: "応対できる人が1人もログインしていないと（{after:g}秒待って）",
        OverflowWhen.FULL: "すでに{callers}人が待っていると",
        OverflowWhen.CLOSED: "受付時間「{hours}」の外では",
    },
    to_queue="待ち行列「{to}」へ移る",
    to_numbers="「{to}」へ転送する",
    to_callback="折り返しを案内する",
    to_message="案内を流して終える",
)
