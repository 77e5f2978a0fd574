"""All that the ledger's months are made of, read for many workloads at once: a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from aiops.models import Company, RateCard
from backlog.calc.ranges import Range
from backlog.queries import estimate_ranges
from roi.calc.closing import local_day
from roi.calc.month_value import (
    MINUTES,
    ZERO,
    Baseline,
    Cost,
    Counted,
    MonthInputs,
    Promise,
    Reported,
)
from roi.calc.realised import ClaimLine, first_of, next_month
from roi.models import ActualCost, Claim, TimeBaseline, ValueTerms
from roi.queries.currencies import Currencies
from roi.queries.forecast import Approved
from roi.queries.month_calls import CallsCost, calls_cost
from roi.queries.month_evidence import EVALS_HOLD, eval_runs, feedback, hallucinated, leaks_found
from roi.queries.volumes import volume_in, volumes_before
from workloads.calc.fixed_costs import Fixed, fixed_between
from workloads.calc.months import midnight
from workloads.models import FixedCost, SelfReport, Workload
from workloads.models.outcomes import Arm
from workloads.queries.outcome_days import OutcomeSums, month_sums

FIXED_COLUMNS = {
    FixedCost.Kind.SEAT.value: "licence_cost",
    FixedCost.Kind.LICENCE.value: "licence_cost",
    FixedCost.Kind.HOUR.value: "platform_cost",
    FixedCost.Kind.PLATFORM.value: "platform_cost",
    FixedCost.Kind.PEOPLE.value: "people_cost",
}
ACTUAL_COLUMNS = {kind.value: f"{kind.value}_cost" for kind in ActualCost.Kind}
Key = tuple[int, date]


class MonthFacts:
    """What is known of workloads over the months of [first, end) at a moment; `inputs` gives one month of one."""

    def __init__(
        self,
        workloads: Sequence[Workload],
        approved: dict[int, Approved],
        first: date,
        end: date,
        at: datetime,
        company: Company,
    ) -> None:
        self.company, self.approved = company, approved
        self.at, self.first, self.end = at, first, end
        self.tomorrow = local_day(at, self.company.time_zone) + timedelta(days=1)
        self.currencies = Currencies.load(self.company)
        self.workloads = {workload.pk: workload for workload in workloads}
        self.ids = list(self.workloads)
        self._read_terms()
        self._read_work()
        self._read_money()

    def _read_work(self) -> None:
        self.counted = month_sums(self.ids, self.first, self.end)
        self.control = month_sums(self.ids, self.first, self.end, Arm.CONTROL)
        reports = SelfReport.objects.filter(workload__in=self.ids, month__gte=self.first, month__lt=self.end)
        self.reports = {(row.workload_id, row.month): row for row in reports}
        unjudged = self._unjudged()
        priced = [pk for pk, terms in self.terms.items() if terms.loss_per_error or terms.loss_per_leak]
        self.feedback = feedback(unjudged, self.first, self.end)
        self.runs = eval_runs(sorted({*unjudged, *priced}), self.first, self.end)
        self.leaks = leaks_found(priced, self.first, self.end)
        self.wrong = hallucinated(priced, self.first, self.end)

    def _unjudged(self) -> list[int]:
        return sorted({pk for (pk, _), sums in self.counted.items() if sums.done and not sums.judged})

    def _read_terms(self) -> None:
        mine = {"workload__in": self.ids}
        self.terms = {row.workload_id: row for row in ValueTerms.objects.filter(**mine)}
        self.volumes_before = volumes_before(self.ids)
        current = TimeBaseline.objects.filter(**mine, replaced_by=None).order_by("at", "pk")
        self.baselines = {row.workload_id: row for row in current}
        self.ranges = {
            pk: estimate_ranges(workload.candidate) if workload.candidate else {}
            for pk, workload in self.workloads.items()
        }

    def _read_money(self) -> None:
        mine = {"workload__in": self.ids}
        self.claims: dict[int, list[Claim]] = defaultdict(list)
        for claim in Claim.objects.filter(**mine, state__in=(*Claim.COUNTING, Claim.State.CLAIMED)):
            self.claims[claim.workload_id].append(claim)
        self.fixed: dict[int, list[FixedCost]] = defaultdict(list)
        for cost in FixedCost.objects.filter(**mine, valid_from__lt=self.end):
            self.fixed[cost.workload_id].append(cost)
        self.actual: dict[Key, list[ActualCost]] = defaultdict(list)
        for paid in ActualCost.objects.filter(**mine, month__gte=self.first, month__lt=self.end):
            self.actual[paid.workload_id, paid.month].append(paid)
        self.cards = list(RateCard.objects.order_by("-valid_from", "pk"))
        self.calls: dict[Key, CallsCost] | None = None
        self.calls_from = self.end

    def read_calls(self, first: date, end: date) -> None:
        """Calls and bills are the dearest to read: of these months only."""
        self.calls, self.calls_from = calls_cost(self.ids, first, end, self.company.usd_rate), first

    def through(self, month: date) -> date:
        return min(next_month(month), self.tomorrow)

    def inputs(self, pk: int, month: date) -> MonthInputs:
        """Everything of one month, in its currency."""
        terms, currency = self.terms.get(pk), self.currencies.of_month(month)
        volume, said = self._volume(pk, terms, month)
        rate, rate_from = self._rate(pk, month)
        calls = self._calls(pk, month, currency)
        wrong, wrong_from = self._wrong(pk, month)
        return MonthInputs(
            month=month,
            through=self.through(month),
            currency=currency,
            counted=_counted(self.counted.get((pk, month))),
            control=self.control.get((pk, month), OutcomeSums()).done,
            reported=_reported(self.reports.get((pk, month))),
            feedback=self.feedback.get((pk, month)),
            evals=self._evals(pk, month),
            random=terms is not None and terms.verdicts == ValueTerms.Verdicts.RANDOM,
            volume_month=volume,
            volume_from=said,
            baseline=self._baseline(pk),
            review=_likely(self.ranges[pk].get("review_minutes")),
            rate=rate,
            rate_from=rate_from,
            claims=self._claims(pk, currency, Claim.COUNTING),
            waiting=self._claims(pk, currency, (Claim.State.CLAIMED,)),
            usd_rate=self.company.usd_rate * self.currencies.rate(self.currencies.now, currency),
            billed=calls.billed,
            traced=calls.traced,
            eval_share=calls.eval_share,
            calls=calls.calls,
            unpriced=calls.unpriced,
            costs=self.costs(pk, month, currency),
            loss_per_error=self._loss(terms, "loss_per_error", currency),
            loss_per_leak=self._loss(terms, "loss_per_leak", currency),
            leaks=self.leaks.get((pk, month), 0),
            wrong_share=wrong,
            wrong_from=wrong_from,
            promise=self._promise(pk, month, currency),
        )

    def brief(self, pk: int, month: date) -> MonthInputs:
        """Of a closed month what may still move it: items, claims, lines of cost, calls."""
        currency = self.currencies.of_month(month)
        calls = self._calls(pk, month, currency)
        return MonthInputs(
            month=month,
            through=self.through(month),
            currency=currency,
            counted=_counted(self.counted.get((pk, month))),
            reported=_reported(self.reports.get((pk, month))),
            claims=self._claims(pk, currency, Claim.COUNTING),
            usd_rate=self.company.usd_rate * self.currencies.rate(self.currencies.now, currency),
            billed=calls.billed,
            traced=calls.traced,
            eval_share=calls.eval_share,
            costs=self.costs(pk, month, currency),
        )

    def _volume(self, pk: int, terms: ValueTerms | None, month: date) -> tuple[Decimal | None, str]:
        stated = volume_in(month, terms.volume_month if terms else None, self.volumes_before.get(pk, ()))
        if stated is not None:
            return stated, "terms"
        known = self.ranges[pk].get("volume")
        if known is None:
            return None, ""
        return (Decimal(repr(known.likely)) / 12).quantize(Decimal("0.01")), "estimate"

    def _baseline(self, pk: int) -> Baseline | None:
        row = self.baselines.get(pk)
        if row is not None:
            measured = row.is_measured and row.before_go_live
            return Baseline(row.minutes, row.low, row.high, row.n, measured, row.pk)
        known = self.ranges[pk].get("minutes")
        if known is None:
            return None
        ends = [Decimal(repr(end)).quantize(MINUTES) for end in (known.likely, known.low, known.high)]
        return Baseline(ends[0], ends[1], ends[2], 0, known.evidence == "measured")

    def _rate(self, pk: int, month: date) -> tuple[Decimal | None, str]:
        """The candidate's own rate, else finance's card for the unit and job in that month; in its currency."""
        currency, workload = self.currencies.of_month(month), self.workloads[pk]
        known = self.ranges[pk].get("loaded_rate")
        if known is not None:
            # Estimates are converted when the currency changes: they are in the present one.
            rate = self.currencies.converted(Decimal(repr(known.likely)), self.currencies.now, currency)
            return _cents(rate), "estimate"
        job = workload.candidate.rate_job if workload.candidate else ""
        card = rate_card(self.cards, workload.unit_id, month, job)
        if card is None:
            return None, ""
        old = self.currencies.of_month(first_of(card.valid_from))
        return _cents(self.currencies.converted(card.hourly_rate, old, currency)), f"rate card {card.pk}"

    def _claims(self, pk: int, currency: str, states: Iterable[str]) -> tuple[ClaimLine, ...]:
        return tuple(
            ClaimLine(
                self.currencies.converted(c.amount_month, self.currencies.written(c.filed_at), currency),
                c.valid_from,
                c.valid_to,
                c.hours_month or ZERO,
                Claim.COLUMNS[c.kind],
                c.pk,
            )
            for c in sorted(self.claims.get(pk, ()), key=lambda c: c.pk)
            if c.state in states
        )

    def _calls(self, pk: int, month: date, currency: str) -> CallsCost:
        found = (self.calls or {}).get((pk, month), CallsCost())
        if currency == self.currencies.now:
            return found
        money = [
            self.currencies.converted(a, self.currencies.now, currency) for a in (found.billed, found.traced)
        ]
        return replace(found, billed=money[0], traced=money[1])

    def costs(self, pk: int, month: date, currency: str) -> tuple[Cost, ...]:
        """Fixed costs by the days counted, and the month's own lines as they were entered."""
        through, found = self.through(month), []
        for cost in self.fixed.get(pk, ()):
            held = Fixed(cost.quantity, cost.amount, cost.valid_from, cost.valid_to)
            if amount := fixed_between([held], month, through):
                amount = self.currencies.converted(amount, self.currencies.on(cost.valid_from), currency)
                found.append(Cost(FIXED_COLUMNS[cost.kind], amount.quantize(Decimal("1e-6")), "fixed"))
        for paid in self.actual.get((pk, month), ()):
            amount = self.currencies.converted(paid.amount, self.currencies.written(paid.at), currency)
            found.append(Cost(ACTUAL_COLUMNS[paid.kind], amount, "line"))
        return tuple(sorted(found, key=lambda c: (c.column, c.source, c.amount)))

    def _loss(self, terms: ValueTerms | None, name: str, currency: str) -> Decimal | None:
        amount = getattr(terms, name) if terms else None
        if amount is None or terms is None:
            return None
        return self.currencies.converted(amount, self.currencies.written(terms.at), currency)

    def _evals(self, pk: int, month: date) -> tuple[int, int, int] | None:
        """The last finished run of an approved suite before the month's end, not older than three months."""
        latest = None
        for finished, run, passed, total in self.runs.get(pk, ()):
            if finished < midnight(self.through(month)) and finished >= midnight(month) - EVALS_HOLD:
                latest = (run, passed, total)
        return latest

    def _wrong(self, pk: int, month: date) -> tuple[Decimal | None, str]:
        """The share of answers that are wrong though they pass: as found last, by the hallucination checks first."""
        until = midnight(self.through(month))
        found = [(value, f"finding {f}") for at, f, value in self.wrong.get(pk, ()) if at < until]
        if found:
            return found[-1]
        run = self._evals(pk, month)
        if run is None or not run[2]:
            return None, ""
        return (1 - Decimal(run[1]) / run[2]).quantize(Decimal("1e-8")), f"run {run[0]}"

    def _promise(self, pk: int, month: date, currency: str) -> Promise | None:
        known = self.approved.get(pk)
        if known is None:
            return None
        cash = known.cash
        if cash is not None and known.currency != currency:
            low, middle, high = (self.currencies.converted(end, known.currency, currency) for end in cash)
            cash = (low, middle, high)
        age, share = known.age_in(month), known.share_in(month)
        return Promise(
            known.assessment.pk, known.hours, cash, age, known.ramp_months, known.horizon_months, share
        )


def _counted(sums: OutcomeSums | None) -> Counted:
    if sums is None:
        return Counted()
    timed = (sums.minutes_n, sums.minutes_sum, sums.minutes_squares)
    return Counted(sums.done, sums.judged, sums.accepted, *timed)


def _reported(row: SelfReport | None) -> Reported | None:
    return None if row is None else Reported(row.done, row.accepted, row.minutes)


def _likely(known: Range | None) -> Decimal | None:
    return None if known is None else Decimal(repr(known.likely)).quantize(MINUTES)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def rate_card(cards: Iterable[RateCard], unit: int, month: date, job: str) -> RateCard | None:
    """As `RateCard.objects.for_unit` answers, from cards that are read already (the newest first)."""
    held = [c for c in cards if c.valid_from <= month and (c.valid_to is None or c.valid_to > month)]
    mine = [c for c in held if c.unit_id == unit] + [c for c in held if c.unit_id is None]
    named = [c for c in mine if job and c.job.lower() == job.lower()]
    return next(iter(named or mine), None)
