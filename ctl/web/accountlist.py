"""What a person asks of the list of accounts: read from the address, checked, written back into addresses."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ctl.security.accounts import Column, PersonQuery
from ctl.security.policy import Role
from ctl.web.trouble import Trouble

LABELS = {"text": "ログイン名・氏名", "role": "役割", "active": "状態"}
ALLOWED = {
    "text": "100文字まで",
    "role": "、".join(Role),
    "active": "yes、no",
    "sort": "login、name、signed_in_at、created_at",
    "order": "asc、desc",
    "page": "1 以上の整数",
}
SIZE = 50


class PersonFilter(BaseModel):
    """All fields may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(max_length=100)] = ""
    role: Role | None = None
    active: Literal["yes", "no"] | None = None
    sort: Column = "login"
    order: Literal["asc", "desc"] = "asc"
    page: int = Field(1, ge=1, le=100_000)

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

    def query(self, **changes: object) -> str:
        """This filter as the part of an address after ``?``, with some fields changed; defaults are left out."""
        wanted = self.model_copy(update=changes).model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        return urlencode(wanted)

    def sorted_by(self, column: Column) -> str:
        """The address part for a click on a column's head."""
        turned = "desc" if self.sort == column and self.order == "asc" else "asc"
        return self.query(sort=column, order=turned, page=1)


def person_filter(query: Mapping[str, str]) -> PersonFilter:
    """Raises `Trouble` (400) naming the field and what is allowed."""
    try:
        return PersonFilter.model_validate({name: value for name, value in query.items() if value.strip()})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        if field not in ALLOWED:
            raise Trouble(400, f"知らない項目です。使える項目：{'、'.join(ALLOWED)}", field) from None
        label = LABELS.get(field, field)
        raise Trouble(400, f"「{label}」の値を読み取れません。使える値：{ALLOWED[field]}", field) from None
