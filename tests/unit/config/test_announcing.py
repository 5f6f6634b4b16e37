"""What callers are told of their wait, as written in the files: what comes of it, and what is refused."""

import pytest

from ctl.config import ConfigError, load
from ctl.switchboard.ids import PromptName, QueueName
from ctl.switchboard.plan import MINUTES, MOST_POSITION, AfterHours, Announce, Surge, minutes_prompt, position_prompt
from tests.unit.config.conftest import Files

WELFARE = QueueName("welfare")
WRITTEN = (
    "announce: {first_seconds: 20, position: true, expected_wait: true, surge: {waiting: 10, say: surge-notice}, "
    "after_hours: {hours: inquiry, say: after-hours}}"
)
SURGE = (PromptName("surge-notice"),)


def tells(files: Files, welfare: str) -> None:
    """The welfare queue says this instead."""
    before, here, after = files.read("queues.yaml").partition("  welfare:\n    label")
    files.write("queues.yaml", before + here + after.replace(WRITTEN, welfare, 1))


def faults(files: Files) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(files.path)
    return [str(problem) for problem in refused.value.problems]


def test_shipped_queue_tells_place_wait_that_it_is_crowded_and_that_the_hours_are_over(files: Files) -> None:
    over = AfterHours("inquiry", (PromptName("after-hours"),))
    told = Announce(20_000, position=True, expected_wait=True, surge=Surge(SURGE, waiting=10), after_hours=over)
    assert load(files.path).plan.queues[WELFARE].announce == told


def test_what_is_not_written_is_not_told(files: Files) -> None:
    tells(files, "announce: {messages: [wait-online], surge: {minutes: 1.5, say: surge-notice}}")
    plan = load(files.path).plan
    assert plan.queues[WELFARE].announce == Announce(
        first_ms=30_000, messages=(PromptName("wait-online"),), surge=Surge(SURGE, wait_ms=90_000)
    )
    assert plan.queues[QueueName("exchange")].announce is None


def test_every_number_that_can_be_told_is_spoken_when_it_is_deployed(files: Files) -> None:
    prompts = load(files.path).prompts
    wanted = [position_prompt(n) for n in range(1, MOST_POSITION + 2)]
    wanted += [minutes_prompt(minutes) for minutes in (*MINUTES, MINUTES[-1] + 1)]
    assert {name for name in prompts if name.startswith(("wait-position", "wait-minutes"))} == set(wanted)
    assert prompts[position_prompt(3)].text == "ただいま、3番目で、お待ちいただいています。"
    assert prompts[minutes_prompt(61)].text == "待ち時間は、60分を超える見込みです。"


def test_one_number_may_be_written_on_its_own(files: Files) -> None:
    files.change("announcements.yaml", "  wait-online:", "  wait-position-1: 次に、おつなぎします。\n  wait-online:")
    loaded = load(files.path)
    assert loaded.prompts[position_prompt(1)].text == "次に、おつなぎします。"
    assert loaded.prompts[position_prompt(2)].text == "ただいま、2番目で、お待ちいただいています。"
    assert not loaded.remarks


def test_reading_takes_the_number_too(files: Files) -> None:
    files.change(
        "announcements.yaml",
        "  wait-minutes: 待ち時間は、およそ{number}分です。",
        "  wait-minutes: {text: '約{number}分', reading: 'やく{number}ふん'}",
    )
    prompts = load(files.path).prompts
    assert (prompts[minutes_prompt(4)].text, prompts[minutes_prompt(4)].spoken) == ("約4分", "やく4ふん")


@pytest.mark.parametrize(
    ("welfare", "says"),
    [
        ("announce: {first_seconds: 20}", "queues welfare announce: says nothing: write position, expected_wait"),
        ("announce: {surge: {say: surge-notice}}", "queues welfare announce surge: write waiting, minutes or both"),
        ("announce: {surge: {waiting: 3}}", "'say' is missing"),
        ("announce: {surge: {waiting: 1, say: surge-notice}}", "greater than or equal to 2"),
        ("announce: {messages: wait-onlime}", "there is no announcement 'wait-onlime'; did you mean 'wait-online'"),
        ("announce: {after_hours: {hours: inquiri, say: after-hours}}", "there is no opening hours 'inquiri'; did you"),
        ("announce: {after_hours: {hours: inquiry}}", "'say' is missing"),
        ("announce: {positions: true}", "unknown key; did you mean 'position'"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(files: Files, welfare: str, says: str) -> None:
    tells(files, welfare)
    (fault,) = faults(files)
    assert fault.startswith(f"ivr_flows/queues.yaml:{files.line('queues.yaml', welfare)}:")
    assert says in fault


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  wait-position-beyond: ただいま、{number}人より多くのかたが、お待ちです。\n", "", "wait-position-beyond"),
        ("およそ{number}分", "しばらく", "write {number} where the number is to be said"),
    ],
)
def test_announcements_that_tell_numbers_must_be_there_and_have_a_place_for_them(
    files: Files, old: str, new: str, says: str
) -> None:
    files.change("announcements.yaml", old, new)
    assert any(says in fault for fault in faults(files))


def test_recording_cannot_say_every_number(files: Files) -> None:
    written = "wait-minutes: 待ち時間は、およそ{number}分です。"
    files.change("announcements.yaml", written, "wait-minutes: {text: '{number}分', sound: sounds/minutes.wav}")
    (fault,) = faults(files)
    assert fault.startswith(f"ivr_flows/announcements.yaml:{files.line('announcements.yaml', 'wait-minutes: {text')}:")
    assert "wait-minutes-1" in fault
