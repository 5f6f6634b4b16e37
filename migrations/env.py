"""Runs the migrations on the connection it is given (`ctl.database.migrate`)."""

from alembic import context

import ctl.cms.models
import ctl.security.audit.models
import ctl.security.models  # noqa: F401 - all fill the metadata
from ctl.database.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
