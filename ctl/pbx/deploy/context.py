"""What the templates may print: settings, secrets and the plan, checked and in Asterisk's units."""

from collections.abc import Mapping
from math import ceil

from ctl.config.music import USUAL
from ctl.pbx import names
from ctl.pbx.deploy.closing import closings, opening_days
from ctl.pbx.deploy.values import digits, person, sound, word
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.ids import ModeName, MusicName, PromptName, QueueName
from ctl.switchboard.modes import under
from ctl.switchboard.plan import OperatorProfile, Plan, Queue, Say, Service

FALLBACK_QUEUE_SECONDS = 60
"""After so long in the fallback queue the dialplan looks whether the switchboard is back (a ringing call is cut off
then, so not too often)."""
FALLBACK_ROUNDS = 6
FALLBACK_ROUND_SECONDS = 10
"""With nobody logged in at all: rounds of music before the honest word. A minute outlives any restart."""
LONGEST_NUMBER = 32
"""Signs of what may be dialled: a number abroad behind 184 has 21 digits."""
UNHEARD_MS = 20_000
"""Calls that are shorter are told by the PBX too: a dead connection to it stays unnoticed for up to ten seconds."""

UNMARKED = "unmarked"
"""Stands in a rendered dialplan where its own mark will be."""


def context(
    settings: Settings, secrets: Secrets, plan: Plan, *, certificate: str, music: Mapping[MusicName, str], trust: str
) -> Mapping[str, object]:
    """All that templates see. Raises `Unrenderable` when a name or number of the plan must not stand in a line.

    ``certificate``: base name of the key pair in ``asterisk/keys``. ``music``: directory in ``asterisk/music`` of each class.
    ``trust``: file of the authorities for a TLS carrier, as Asterisk sees it.
    """
    carrier = f"{settings.carrier_port};transport={settings.carrier_transport}"
    return {
        "application": names.APPLICATION,
        "made_context": names.MADE_CONTEXT,
        "made_extension": names.MADE_EXTENSION,
        "made": names.MADE,
        "address": settings.address,
        "pbx_elsewhere": settings.asterisk_host is not None,
        "sip_port": settings.sip_port,
        "sip_tls_port": settings.sip_tls_port,
        "http_port": settings.http_port,
        "https_port": settings.https_port,
        "http_sessions": names.HTTP_SESSIONS,
        "ami_port": settings.ami_port,
        "rtp_first_port": settings.rtp_first_port,
        "rtp_last_port": settings.rtp_last_port,
        "dialplan_mark": UNMARKED,
        "certificate": word(certificate, "certificate"),
        "music": [(word(name, "music: name"), word(music[name], "music")) for name in _usual_first(music)],
        "ari_user": names.ARI_USER,
        "ari_password": secrets.ari,
        "ami_user": names.AMI_USER,
        "ami_password": secrets.ami,
        "ami_sentinel_user": names.AMI_SENTINEL_USER,
        "ami_sentinel_password": secrets.ami_sentinel,
        "ami_deploy_user": names.AMI_DEPLOY_USER,
        "ami_deploy_password": secrets.ami_deploy,
        "ami_events": names.AMI_EVENTS,
        "carrier_address": settings.carrier_address,
        "carrier_transport": settings.carrier_transport,
        "carrier_registers_at": settings.carrier_registrar or settings.carrier_address,
        "carrier_uri": f"sip:{settings.carrier_address}:{carrier}",
        "carrier_verified": settings.carrier_verify,
        "carrier_trust": trust,
        "carrier_registrar": f"sip:{settings.carrier_registrar or settings.carrier_address}:{carrier}",
        "carrier_user": settings.carrier_user,
        "carrier_password": settings.carrier_password or "",
        "carrier_asked": settings.carrier_asked,
        "trunk": names.TRUNK,
        "trunk_asked": names.TRUNK_ASKED,
        "nobody": names.NOBODY,
        "trunk_every_s": names.TRUNK_EVERY_S,
        "trunk_timeout_s": names.TRUNK_TIMEOUT_S,
        "registered_for_s": names.REGISTERED_FOR_S,
        "register_again_s": names.REGISTER_AGAIN_S,
        "longest_number": LONGEST_NUMBER,
        "login_code": plan.features.login,
        "caller_id": digits(plan.trunk.caller_id, "trunk: caller_id"),
        "operators": [_operator(secrets, plan.operators[extension]) for extension in sorted(plan.operators)],
        "queues": [_queue(plan, plan.queues[name]) for name in sorted(plan.queues)],
        "modes": [_mode(plan, None), *(_mode(plan, name) for name in sorted(plan.modes))],
        "opening": {name: days for mode in (None, *sorted(plan.modes)) for name, days in _opening(plan, mode).items()},
        "mode_key": "/".join(names.MODE_KEY),
        "notice_family": names.NOTICE_FAMILY,
        "sounds": {
            "unknown_number": _prompt(plan, PromptName(Say.UNKNOWN_NUMBER)),
            "call_failed": _prompt(plan, PromptName(Say.CALL_FAILED)),
            "fallback": _prompt(plan, PromptName(Say.FALLBACK)),
            "pin": _prompt(plan, PromptName(Say.PIN)),
        },
        "fallback_queue_seconds": FALLBACK_QUEUE_SECONDS,
        "qualify_every_s": names.QUALIFY_EVERY_S,
        "qualify_timeout_s": names.QUALIFY_TIMEOUT_S,
        "fallback_rounds": FALLBACK_ROUNDS,
        "fallback_round_seconds": FALLBACK_ROUND_SECONDS,
        "unheard_ms": UNHEARD_MS,
    }


def _usual_first(music: Mapping[MusicName, str]) -> list[MusicName]:
    return sorted(music, key=lambda name: (name != USUAL, name))


def _operator(secrets: Secrets, profile: OperatorProfile) -> Mapping[str, str]:
    extension = digits(profile.extension, "operator: extension")
    return {
        "extension": extension,
        "name": person(profile.name, f"operator {extension}: name"),
        "password": secrets.operator(extension),
    }


def _queue(plan: Plan, queue: Queue) -> Mapping[str, object]:
    """Asterisk counts in whole seconds, and its heavier queues come first where our smaller priorities do.

    Its queue says one announcement at a time: those that we repeat, and the messages, in turn. Places and times it does
    not tell: it would count callers of its own line only.
    """
    messages = queue.announce.messages if queue.announce is not None else ()
    return {
        "name": names.fallback_queue(QueueName(word(queue.name, "queue: name"))),
        "ring_seconds": max(1, ceil(queue.ring_timeout_ms / 1000)),
        "music": word(queue.music or USUAL, f"queue {queue.name}: music"),
        "weight": max(0, 100 - queue.priority),
        "announcements": [_prompt(plan, prompt) for prompt in (*queue.repeat_prompts, *messages)],
        "announce_seconds": max(1, ceil(queue.repeat_ms / 1000)),
    }


def _mode(plan: Plan, mode: ModeName | None) -> Mapping[str, object]:
    """The services of a mode, under the context in which the fallback looks for them; None: the normal one."""
    here = under(plan, mode)
    name = word(mode, "mode: name") if mode is not None else ""
    return {
        "name": name,
        "context": f"services-{name}" if name else "services",
        "services": [_service(here, here.services[number], mode) for number in sorted(here.services)],
    }


def _hours_of(mode: ModeName | None, hours: str) -> str:
    """A mode's hours have a name of their own: they may be others."""
    return f"{mode}--{word(hours, 'hours: name')}" if mode is not None else word(hours, "hours: name")


def _service(plan: Plan, service: Service, mode: ModeName | None) -> Mapping[str, object]:
    """Carriers send national or international form: ``0339811111`` or ``+81339811111``."""
    number = digits(service.number, f"service {service.label!r}: number")
    international = [f"+81{number[1:]}"] if number.startswith("0") else []
    return {
        "number": number,
        "numbers": [number, *international],
        "queue": names.fallback_queue(QueueName(word(service.queue, f"service {number}: queue"))),
        "closings": [
            {
                "when": [(_hours_of(mode, hours), int(is_open)) for hours, is_open in closing.when],
                "sounds": [_prompt(plan, name) for name in closing.prompts if name in plan.prompts],
            }
            for closing in closings(plan, service)
        ],
    }


def _opening(plan: Plan, mode: ModeName | None) -> Mapping[str, Mapping[str, str]]:
    """The hours that decide whether some service is closed in a mode, by name."""
    here = under(plan, mode)
    used = {name for service in here.services.values() for rule in closings(here, service) for name, _ in rule.when}
    return {_hours_of(mode, name): opening_days(here.hours[name], here.holidays) for name in sorted(used)}


def _prompt(plan: Plan, name: PromptName) -> str:
    return sound(plan.prompts[name], f"prompt {name}")
