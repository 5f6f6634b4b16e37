"""What a caller would hear in a mode, and where he would go: told in Japanese, to be read before somebody switches."""

from collections.abc import Iterator, Mapping, Sequence

from ctl.config.prompts import PromptSource
from ctl.config.simulate import simulate
from ctl.config.words import JAPANESE
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Millis, ModeName, Number, PromptName
from ctl.switchboard.modes import under
from ctl.switchboard.names import telephone
from ctl.switchboard.plan import MINUTES, Announce, OperatorProfile, Plan, Queue, minutes_prompt, position_prompt

WEEKDAYS = "月火水木金土日"
PREFIX = {"hears": "聞こえる：", "does": "区民：", "passes": "判定：", "ends": "行き先："}


def preview(
    plan: Plan,
    prompts: Mapping[PromptName, PromptSource],
    mode: ModeName | None,
    number: Number,
    at: Millis,
    doings: Sequence[str],
    notices: Sequence[str] = (),
) -> Iterator[str]:
    """Lines about one caller of ``number`` at ``at`` who does ``doings``. ``notices``: short messages that are on."""
    here = under(plan, mode)
    service = here.services[number]
    label = plan.modes[mode].label if mode is not None else "平常"
    local = jst(at)
    when = f"{local:%Y-%m-%d}（{WEEKDAYS[local.weekday()]}）{local:%H:%M}"
    yield f"運用モード「{label}」、{telephone(number)}（{service.label}）、{when}"
    for text in notices:
        yield f"  臨時のお知らせ：「{text}」"
    if service.site is not None:
        site = here.sites[service.site]
        numbers = "、".join(telephone(one) for one in site.numbers)
        yield f"  別拠点「{site.name}」へ転送：{numbers} の順に呼び出す（同時に{site.limit}通話まで）"
        yield "  どこも応答しないとき、または満杯のとき："
    for step in simulate(here, prompts, here.flows[service.flow], at, doings, JAPANESE):
        text = f"「{step.text}」" if step.what == "hears" else step.text
        yield f"  [{step.node}] {PREFIX[step.what]}{text}"
        if step.queue is not None:
            yield from _waiting(here, prompts, here.queues[step.queue])
            yield from _refuge(here, number, at)


def _waiting(plan: Plan, prompts: Mapping[PromptName, PromptSource], queue: Queue) -> Iterator[str]:
    for name in queue.repeat_prompts:
        yield f"    待つ間、{queue.repeat_ms / 1000:g}秒ごとに聞こえる：「{prompts[name].text}」"
    if queue.announce is not None:
        yield from _told(prompts, queue, queue.announce)
    ever: set[str] = set()
    for stage in queue.stages:
        ever |= {one.extension for one in plan.operators.values() if _fits(one, stage.group, stage.max_level)}
        since = f"{stage.after_ms / 1000:g}秒後から" if stage.after_ms else "はじめから"
        yield f"    {since}：{len(ever)}人のオペレーターが受けられる（優先度{queue.priority}）"


def _told(prompts: Mapping[PromptName, PromptSource], queue: Queue, announce: Announce) -> Iterator[str]:
    when = f"{announce.first_ms / 1000:g}秒後から{queue.repeat_ms / 1000:g}秒ごとに聞こえる"
    told = [position_prompt(1)] if announce.position else []
    told += [minutes_prompt(MINUTES[0])] if announce.expected_wait else []
    if told:
        yield f"    {when}（数はそのときのもの、時間は分かるときだけ）：「{''.join(prompts[name].text for name in told)}」"
    for name in announce.messages:
        yield f"    {when}（順に一つずつ）：「{prompts[name].text}」"
    if announce.surge is not None:
        yield f"    混み合うとき一度だけ聞こえる：「{''.join(prompts[name].text for name in announce.surge.say)}」"
    if announce.after_hours is not None:
        words = "".join(prompts[name].text for name in announce.after_hours.say)
        yield f"    待つ間に受付時間が終わると一度だけ聞こえる：「{words}」"


def _fits(profile: OperatorProfile, group: str, max_level: int) -> bool:
    return any(name == group and level <= max_level for name, level in profile.skills.items())


def _refuge(plan: Plan, number: Number, at: Millis) -> Iterator[str]:
    refuge = plan.refuge
    if refuge is not None and number in refuge.numbers and at < refuge.permitted_until:
        yield (
            f"    誰もログインしていない状態が{refuge.after_ms / 1000:g}秒続いたら、"
            f"別拠点「{plan.sites[refuge.site].name}」へ転送（許可：{refuge.permitted_by}）"
        )
