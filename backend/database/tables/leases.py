"""Rights to something scarce, for a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.database.base import Base


class LeaseRow(Base):
    """A resource that nobody holds keeps its row, so that its fencing number only grows."""

    __tablename__ = "leases"
    __table_args__ = (Index("ix_leases_holder", "holder"),)

    resource: Mapped[str] = mapped_column(String(200), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(200))
    fencing: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    since: Mapped[datetime | None]
    renewed: Mapped[datetime | None]
    expires: Mapped[datetime | None]
