"""Names for codes, from the plan in force: what a queue, a department or a reason is called.

Without a plan (nothing deployed yet, or unreadable) every code stands for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ctl.switchboard.plan import Plan
from ctl.web import words


@dataclass(frozen=True, slots=True)
class Names:
    services: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    operators: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> "Names":
        return cls(
            {number: service.label for number, service in plan.services.items()},
            {name: queue.label for name, queue in plan.queues.items()},
            {extension: profile.name for extension, profile in plan.operators.items()},
            {code: department.name for code, department in plan.departments.items()},
            dict(plan.not_ready_reasons),
        )

    def service(self, number: str | None) -> str:
        return self.services.get(number or "", "")

    def queue(self, name: str | None) -> str:
        return self.queues.get(name or "", name or "－")

    def operator(self, extension: str | None) -> str:
        """2001 豊島花子"""
        return f"{extension} {self.operators.get(extension, '')}".strip() if extension else "－"

    def department(self, code: str | None) -> str:
        return self.departments.get(code or "", code or "－")

    def reason(self, code: str | None) -> str:
        return self.reasons.get(code or "") or words.REASONS.get(code or "", code or "")
