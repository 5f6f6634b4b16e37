"""What people call the codes of a plan, and how they write a telephone number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from ctl.switchboard.plan import Plan


@dataclass(frozen=True, slots=True)
class Names:
    """A code that is not in here (no plan, or a later one) stands for itself, and a dash for none."""

    services: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Self:
        return cls(
            {number: service.label for number, service in plan.services.items()},
            {name: queue.label for name, queue in plan.queues.items()},
            {extension: profile.name for extension, profile in plan.operators.items()},
            {
                **{code: department.name for code, department in plan.departments.items()},
                **{code: site.name for code, site in plan.sites.items()},
            },
            dict(plan.not_ready_reasons),
            {name: mode.label for name, mode in plan.modes.items()},
        )

    def service(self, number: str | None) -> str:
        """Empty for a number that is not ours."""
        return self.services.get(number or "", "")

    def queue(self, name: str | None) -> str:
        return self.queues.get(name or "", name or "－")

    def operator(self, extension: str | None) -> str:
        """2001 豊島花子"""
        return f"{extension} {self.operators.get(extension, '')}".strip() if extension else "－"

    def mode(self, name: str) -> str:
        return self.modes.get(name, name)

    def department(self, code: str | None) -> str:
        return self.departments.get(code or "", code or "－")


def telephone(number: str) -> str:
    """0339811111 as 03-3981-1111; what is no Tokyo, mobile or IP number stays as it is."""
    if number.isdigit():
        if number.startswith("03") and len(number) == 10:
            return f"{number[:2]}-{number[2:6]}-{number[6:]}"
        if number.startswith(("050", "070", "080", "090")) and len(number) == 11:
            return f"{number[:3]}-{number[3:7]}-{number[7:]}"
    return number
