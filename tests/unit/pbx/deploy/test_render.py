"""Rendering: every operator is there, equal plans give equal text, and no name can write a line of its own."""

import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from ctl.config.music import USUAL
from ctl.pbx import names
from ctl.pbx.deploy.expect import expectation
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.values import Unrenderable, guard
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.ids import Extension, Media, MusicName, PromptName, QueueName
from ctl.switchboard.plan import Announce, OperatorProfile, Say
from tests.plans import CITY, CIVIL, operator, plan_with, small_plan


@pytest.fixture(name="centre")
def a_centre(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def sections(text: str) -> list[str]:
    return re.findall(r"^\[([^\]]+)\]", text, re.MULTILINE)


def files_with_name(centre: Settings, name: str) -> Mapping[str, str]:
    named = OperatorProfile(Extension("2001"), name, {})
    return render(centre, Secrets.of(centre), plan_with(operators={Extension("2001"): named}))


def test_rendering_twice_gives_the_same_text(centre: Settings) -> None:
    first = render(centre, Secrets.of(centre), small_plan())
    assert render(centre, Secrets.of(centre), small_plan()) == first
    assert list(first) == sorted(first)


def test_order_of_the_sources_does_not_matter(centre: Settings) -> None:
    plan = small_plan()
    backwards = replace(
        plan,
        operators=dict(reversed(list(plan.operators.items()))),
        queues=dict(reversed(list(plan.queues.items()))),
        services=dict(reversed(list(plan.services.items()))),
    )
    assert render(centre, Secrets.of(centre), backwards) == render(centre, Secrets.of(centre), plan)


def test_carrier_is_known_by_address_only_and_no_stranger_by_the_name(centre: Settings) -> None:
    pjsip = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    (carrier,) = re.findall(r"^\[to-carrier\]\(!,any\)\n(.*?)(?=^\[)", pjsip, re.MULTILINE | re.DOTALL)
    assert "identify_by = ip\n" in carrier
    assert re.findall(r"^\[(.*)\]\(to-carrier\)$", pjsip, re.MULTILINE) == [names.TRUNK, names.TRUNK_ASKED]
    assert re.findall(r"^endpoint = (.*)\nmatch = ", pjsip, re.MULTILINE) == [names.TRUNK]


@pytest.mark.parametrize(("registrar", "denied"), [(None, 1), ("127.0.0.10", 1), ("127.0.0.11", 2)])
def test_no_telephone_is_at_the_carriers(tmp_path: Path, registrar: str | None, denied: int) -> None:
    centre = Settings(home=tmp_path, carrier_registrar=registrar and IPv4Address(registrar))
    pjsip = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    (operator,) = re.findall(r"^\[operator\]\(!,any\)\n(.*?)(?=^\[)", pjsip, re.MULTILINE | re.DOTALL)
    addresses = ["127.0.0.10/32", "127.0.0.11/32"][:denied]
    assert re.findall(r"^contact_deny = (.*)$", operator, re.MULTILINE) == addresses


def test_whoever_is_to_be_reached_by_way_of_another_may_do_nothing(centre: Settings) -> None:
    pjsip = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    assert f"endpoint = {names.NOBODY}\nmatch_header = Contact: /maddr=/\n" in pjsip
    assert f"[{names.NOBODY}](any)\nidentify_by = header\ndeny = 0.0.0.0/0\n" in pjsip
    assert "endpoint_identifier_order = ip,header,username\n" in pjsip, "the carrier may, and no telephone"


def test_the_fallback_follows_no_telephone_that_sends_a_call_on(centre: Settings) -> None:
    text = render(centre, Secrets.of(centre), small_plan())["extensions.conf"]
    (options,) = re.findall(r"\bDial\(.*,(\w+)\)$", text, re.MULTILINE)
    assert "i" in options


def test_operators_telephone_that_falls_silent_is_noticed_sooner_than_the_carrier(centre: Settings) -> None:
    pjsip = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    seconds = re.findall(r"^rtp_timeout = (\d+)$", pjsip, re.MULTILINE)  # of all, then of operators
    assert int(seconds[0]) > int(seconds[1])


def test_every_operator_has_a_desk_telephone_and_a_browser_telephone(centre: Settings) -> None:
    extensions = [str(number) for number in range(2001, 2061)]
    plan = plan_with(operators={Extension(one): operator(one, civil=1) for one in extensions})
    files = render(centre, Secrets.of(centre), plan)
    found = sections(files["pjsip.conf"])
    for extension in extensions:
        # an endpoint, its password and its address of record
        assert found.count(extension) == found.count(f"{extension}w") == 3
        assert f"exten => {extension},hint,PJSIP/{extension}&PJSIP/{extension}w" in files["extensions.conf"]
        assert files["pjsip.conf"].count(f"password = {Secrets.of(centre).operator(extension)}\n") == 2


def test_every_service_leads_to_its_queue_in_both_forms_of_its_number(centre: Settings) -> None:
    text = render(centre, Secrets.of(centre), small_plan())["extensions.conf"]
    for number in (CITY, f"+81{CITY[1:]}"):
        assert f"exten => {number},1,Set(CTL_QUEUE={names.fallback_queue(CIVIL)})\n" in text


def test_every_music_is_a_class_and_the_fallback_plays_that_of_the_queue(centre: Settings) -> None:
    plan = small_plan()
    queues = {**plan.queues, CIVIL: replace(plan.queues[CIVIL], music=MusicName("spring"))}
    music = {MusicName("spring"): "d1", MusicName("autumn"): "d2", USUAL: "d3"}
    files = render(centre, Secrets.of(centre), replace(plan, queues=queues), music=music)
    assert sections(files["musiconhold.conf"]) == ["default", "autumn", "spring"]
    assert expectation(files).music == {str(name): directory for name, directory in music.items()}
    classes = dict(re.findall(r"^\[(fallback-\S+)\].*\nmusicclass = (\S+)$", files["queues.conf"], re.MULTILINE))
    wanted = {names.fallback_queue(name): "spring" if name == CIVIL else "default" for name in plan.queues}
    assert classes == wanted


def test_nothing_listens_but_on_the_address_of_the_centre(tmp_path: Path) -> None:
    centre = Settings(home=tmp_path, address=IPv4Address("127.21.0.1"))
    for name, text in render(centre, Secrets.of(centre), small_plan()).items():
        for line in text.splitlines():
            if re.match(r"(tls)?bind(addr)? *=", line):
                assert "127.21.0.1" in line, f"{name}: {line}"


def test_the_carrier_is_known_by_its_address_and_not_asked_for_a_password(centre: Settings) -> None:
    text = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    assert f"match = {centre.carrier_address}/32" in text
    assert "type = registration" not in text


def test_a_carrier_who_answers_no_options_is_dialled_all_the_same(centre: Settings, tmp_path: Path) -> None:
    """Asterisk dials no contact that it asks in vain."""
    text = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    asked = dict(
        re.findall(r"^\[(carrier[^]]*)\]\ntype = aor\n(?:[^[]*\n)?qualify_frequency = (\d+)$", text, re.MULTILINE)
    )
    assert asked == {names.TRUNK: "0", names.TRUNK_ASKED: str(names.TRUNK_EVERY_S)}
    alone = render(Settings(home=tmp_path, carrier_asked=False), Secrets.of(centre), small_plan())
    assert names.TRUNK_ASKED not in alone["pjsip.conf"]


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_carrier_that_wants_it_is_registered_at(tmp_path: Path, transport: str) -> None:
    centre = Settings(
        home=tmp_path,
        carrier_user="0339811111",
        carrier_password="semi;colon",
        carrier_transport=transport,
    )
    text = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    assert f"server_uri = sip:127.0.0.10:5060\\;transport={transport}\n" in text
    assert "password = semi\\;colon\n" in text


def test_a_carrier_may_have_his_register_elsewhere(tmp_path: Path) -> None:
    centre = Settings(
        home=tmp_path, carrier_user="0339811111", carrier_password="x", carrier_registrar=IPv4Address("127.0.0.11")
    )
    text = render(centre, Secrets.of(centre), small_plan())["pjsip.conf"]
    assert "server_uri = sip:127.0.0.11:5060\\;transport=udp\n" in text
    assert "client_uri = sip:0339811111@127.0.0.10\n" in text


def test_ari_is_for_this_machine_alone_however_its_place_is_written(centre: Settings) -> None:
    here = [
        name for name in sections(render(centre, Secrets.of(centre), small_plan())["http.conf"]) if name != "general"
    ]
    assert {name.lower() for name in here} == {"/ari"}
    assert len(set(here)) == 2**3


def test_ari_of_a_pbx_that_is_elsewhere_is_for_whoever_has_the_password(tmp_path: Path) -> None:
    centre = Settings(home=tmp_path, asterisk_host="pbx.example")
    assert set(sections(render(centre, Secrets.of(centre), small_plan())["http.conf"])) == {"general"}


def test_the_switchboard_hears_only_what_ari_does_not_tell(centre: Settings) -> None:
    text = render(centre, Secrets.of(centre), small_plan())["manager.conf"]
    assert [event for event in names.AMI_EVENTS if f"eventfilter(name({event}),action(include)) =" not in text] == []


def test_the_sentinel_may_neither_run_commands_nor_reload(centre: Settings) -> None:
    text = render(centre, Secrets.of(centre), small_plan())["manager.conf"]
    sentinel = text.split(f"[{names.AMI_SENTINEL_USER}]")[1].split("[")[0]
    rights = re.search(r"^write = (.*)$", sentinel, re.MULTILINE)
    assert rights is not None
    assert set(rights[1].split(",")) == {"call", "reporting"}


def test_names_of_asterisk_are_one_and_the_same_everywhere(centre: Settings) -> None:
    text = render(centre, Secrets.of(centre), small_plan())["extensions.conf"]
    contexts = {names.ARRIVAL_CONTEXT, names.FALLBACK_CONTEXT, names.WAITING_CONTEXT, names.RETURNING_CONTEXT}
    assert contexts <= set(sections(text))
    assert f"UserEvent({names.FALLBACK_EVENT}," in text
    assert f"FILE(/centre/{'/'.join(names.FALLBACK_LOG)}," in text
    assert set(re.findall(r"Stasis\((\w+),", text)) == {names.APPLICATION}


@pytest.mark.parametrize(("telephone", "context"), [("carrier", "carrier-dials"), ("2001", "telephone-dials")])
def test_nothing_but_digits_and_codes_can_be_dialled(centre: Settings, telephone: str, context: str) -> None:
    files = render(centre, Secrets.of(centre), small_plan())
    kind = files["pjsip.conf"].split("[to-carrier](!,any)" if telephone == "carrier" else "[operator](!,any)")[1]
    assert re.findall(r"^context = (\S+)$", kind, re.MULTILINE)[0] == context
    patterns = re.findall(
        r"^exten => _(\S+),1,Gosub\(call-id,", files["extensions.conf"].split(f"[{context}]")[1].split("\n[")[0], re.M
    )
    dialled = re.compile("|".join(one.replace("*X", "\\*X").replace("X", "[0-9]") for one in patterns))

    def fits(text: str) -> bool:
        return dialled.fullmatch(text) is not None

    assert all(fits(number) for number in ("2", "2001", "0339811111", "+81339811111", "184" + "010" + "9" * 15))
    assert [fits(code) for code in ("*8", "*112060", "*22101#")] == [telephone != "carrier"] * 3
    for text in (
        "",
        "*",
        "03a",
        "0339811111\r\nEvent: x",
        "*1\\12060,2005,4938",
        "*112060,2005",
        "\uff10\uff13",
        "0" * 80,
    ):
        assert not fits(text)


def test_line_break_in_a_number_begins_no_event(centre: Settings) -> None:
    """What Asterisk matches against the whole text of an event: ``eventfilter`` of the switchboard's user."""
    text = render(centre, Secrets.of(centre), small_plan())["manager.conf"]
    user = text.split(f"[{names.AMI_USER}]")[1].split("\n[")[0]
    [pattern] = re.findall(r"^eventfilter\(action\(exclude\),method\(regex\)\) = (.*)$", user, re.MULTILINE)
    assert pattern.startswith("[[:cntrl:]]")
    left_out = re.compile(pattern.replace("[[:cntrl:]]", "[\\x00-\\x1f]"))
    true = "Event: Newchannel\r\nPrivilege: call,all\r\nExten: {}\r\nUniqueid: 1.1\r\n"
    assert not left_out.search(true.format("0339811111"))
    assert left_out.search(true.format("0\r\n\r\nEvent: Shutdown"))
    assert left_out.search(true.format("0\r\nevent: Shutdown"))


def test_caller_whose_operator_is_torn_out_in_the_fallback_waits_on_and_what_was_said_is_told(centre: Settings) -> None:
    text = render(centre, Secrets.of(centre), small_plan())["extensions.conf"]
    assert re.findall(r"Queue\(\$\{CTL_QUEUE\},(\w*),", text) == ["c"]  # goes on when the operator's leg has ended
    arrivals = re.findall(r"Stasis\(\w+,inbound,(.*)\)", text)
    first, *again = [arrival.split(",") for arrival in arrivals]
    assert len(first) == 2
    assert [arrival[2:] for arrival in again] == [["${CTL_ARRIVED}", "${CTL_TALKS}"]] * 2
    assert '"talks":"${CTL_TALKS}"' in text


@pytest.mark.parametrize("name", ["池袋 花子", "池袋　花子", "O'Hara; John"])
def test_names_as_people_have_them_are_told_to_the_telephones(centre: Settings, name: str) -> None:
    shown = name.replace(";", "\\;")
    assert files_with_name(centre, name)["pjsip.conf"].count(f'callerid = "{shown}" <2001>\n') == 2


@pytest.mark.parametrize(
    "name",
    ["A\nB", "A\r[evil]", 'A" <sip:x>', "A<B", "A\\", "A\x00B", "A\u2028[evil]", "A\x85[x]", "長" * 81, "${SHELL(id)}"],
)
def test_a_name_that_could_write_configuration_is_refused(centre: Settings, name: str) -> None:
    with pytest.raises(Unrenderable, match="operator 2001: name"):
        files_with_name(centre, name)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=strategies.text(max_size=100))
def test_no_name_ever_changes_the_shape_of_a_file(centre: Settings, name: str) -> None:
    """Either refused, or exactly the lines of a harmless name, apart from the two that show it."""
    harmless = files_with_name(centre, "花子")
    try:
        files = files_with_name(centre, name)
    except Unrenderable:
        return
    for file, text in files.items():
        assert len(text.splitlines()) == len(harmless[file].splitlines())
        changed = [line for line in text.splitlines() if line not in harmless[file].splitlines()]
        assert all(line.startswith('callerid = "') and line.endswith('" <2001>') for line in changed)
        assert all(re.search(r"(?<!\\);", line) is None for line in changed)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=strategies.text(min_size=1, max_size=20))
def test_a_queue_is_named_in_plain_letters_or_refused(centre: Settings, name: str) -> None:
    plan = small_plan()
    queue = replace(plan.queues[CIVIL], name=QueueName(name))
    try:
        text = render(centre, Secrets.of(centre), replace(plan, queues={QueueName(name): queue}))["queues.conf"]
    except Unrenderable:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", name) is None
    else:
        assert sections(text)[-1] == names.fallback_queue(QueueName(name))


def test_the_fallback_says_what_is_repeated_and_the_messages_in_turn(centre: Settings) -> None:
    plan = small_plan()
    told = replace(plan.queues[CIVIL], announce=Announce(messages=(PromptName("night"), PromptName("silent"))))
    text = render(centre, Secrets.of(centre), replace(plan, queues={CIVIL: told}))["queues.conf"]
    assert re.findall("^periodic-announce = (.*)$", text, re.MULTILINE) == ["ctl/still,ctl/night,ctl/silent"]


@pytest.mark.parametrize("media", ["tone:ring", "sound:../../etc/passwd", "sound:ctl/a,b", "sound:ctl/a&b", ""])
def test_the_fallback_plays_files_of_ours_only(centre: Settings, media: str) -> None:
    plan = small_plan()
    prompts = {**plan.prompts, PromptName(Say.FALLBACK): Media(media)}
    with pytest.raises(Unrenderable, match=Say.FALLBACK):
        render(centre, Secrets.of(centre), replace(plan, prompts=prompts))


@given(text=strategies.text())
def test_the_last_guard_lets_no_line_break_and_no_comment_through(text: str) -> None:
    try:
        printed = guard(text)
    except Unrenderable:
        return
    assert len(printed.splitlines()) <= 1
    assert re.search(r"(?<!\\);", printed) is None
