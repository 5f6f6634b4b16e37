"""What a person asks of the list of accounts: read from the address, checked, written back into addresses."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ctl.security.accounts import Column, PersonQuery
from ctl.security.policy import Role
from ctl.web.listfilter import PAGES, ListFilter, Order, read

LABELS = {"text": "ログイン名・氏名", "role": "役割", "active": "状態"}
ALLOWED = {
    "text": "100文字まで",
    "role": "、".join(Role),
    "active": "yes、no",
    "sort": "login、name、signed_in_at、created_at",
    "order": PAGES["order"],
    "page": PAGES["page"],
}
SIZE = 50


class PersonFilter(ListFilter):
    """All fields may be left out."""

    text: Annotated[str, Field(max_length=100)] = ""
    role: Role | None = None
    active: Literal["yes", "no"] | None = None
    sort: Column = "login"
    order: Order = "asc"

    def asked(self) -> PersonQuery:
        """The question that the accounts understand."""
        return PersonQuery(
            text=self.text.replace("\0", ""),
            role=self.role,
            active=None if self.active is None else self.active == "yes",
            sort=self.sort,
            descending=self.order == "desc",
            limit=SIZE,
            offset=(self.page - 1) * SIZE,
        )


def person_filter(query: Mapping[str, str]) -> PersonFilter:
    """Raises `Trouble` (400) naming the field and what is allowed."""
    return read(PersonFilter, query, ALLOWED, LABELS)
