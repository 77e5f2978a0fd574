"""Away from the first to the last day, as the company's calendar has them: midnight is where the company is."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from aiops import operations as kernel
from aiops.errors import DomainError
from roi import operations
from roi.models import StandIn
from roi.queries.stand_ins import signed_for, told_at

DAY, MINUTE = date(2026, 11, 10), timedelta(minutes=1)
# When the tenth of November begins: nine hours before it does in London, and eight hours after.
BEGINS = {
    "Asia/Tokyo": datetime(2026, 11, 9, 15, tzinfo=UTC),
    "America/Los_Angeles": datetime(2026, 11, 10, 8, tzinfo=UTC),
}


@pytest.mark.parametrize("zone", BEGINS)
def test_days_of_a_stand_in_are_those_of_the_company(cast: SimpleNamespace, zone: str) -> None:
    first = BEGINS[zone]
    after = first + timedelta(days=1)
    last = after - MINUTE
    kernel.update_company(time_zone=zone, by=cast.finance, at=first - timedelta(days=9))
    said = {"absent": cast.finance, "deputy": cast.second_finance, "by": cast.finance}
    one_day = said | {"starts_on": DAY, "ends_on": DAY}
    with pytest.raises(DomainError, match="days are over"):
        operations.name_stand_in(**one_day, at=after)
    # In its last minute the day is not over yet.
    made = operations.name_stand_in(**one_day, at=last)
    there = {at: [told.user for told in told_at(at)] for at in (first - MINUTE, first, last, after)}
    both = [cast.finance, cast.second_finance]
    assert there == {first - MINUTE: both, first: both[1:], last: both[1:], after: both}
    words = [signed_for(cast.second_finance, at) for at in (first - MINUTE, first, last, after)]
    assert words == ["", "for Fay Finance", "for Fay Finance", ""]
    with pytest.raises(DomainError, match="It is over"):
        operations.end_stand_in(stand_in=made, by=cast.finance, at=after)
    # Back early at midnight: the day that has just begun is the last one; one that has not begun is taken away.
    made.ends_on = DAY + timedelta(days=5)
    made.save(update_fields=["ends_on"])
    operations.end_stand_in(stand_in=made, by=cast.finance, at=after)
    assert StandIn.objects.get().ends_on == DAY + timedelta(days=1)
    StandIn.objects.all().delete()
    made = operations.name_stand_in(**one_day, at=first - MINUTE)
    operations.end_stand_in(stand_in=made, by=cast.finance, at=first - MINUTE)
    assert not StandIn.objects.exists()


def test_the_page_says_whose_days_they_are(cast: SimpleNamespace) -> None:
    kernel.update_company(time_zone="Asia/Tokyo", by=cast.finance, at=BEGINS["Asia/Tokyo"])
    page = cast.client(cast.finance).get("/finance/stand-ins/").content.decode()
    assert "Days are those of Asia/Tokyo" in page
