"""What becomes of a candidate or a workload once something is measured, or will not be: as it stands."""

from backlog.models import Candidate, State
from roi.models import Measurement

S = Measurement.State
WHAT = {S.DONE: "Measured.", S.CANCELLED: "It will not be measured."}
OF_WORKLOAD = {
    S.DONE: "It is the workload's time baseline from now on, in the months that are open.",
    S.CANCELLED: "The workload keeps the time baseline that it has.",
}
BACK = {
    S.DONE: "The candidate is scored anew and goes back to the review.",
    S.CANCELLED: "The candidate goes back to the review as it is.",
}
WAITS = "The candidate waits for what else is being measured."
STAYS = "The candidate stays where it is."


def after_words(row: Measurement, *, of_workload: bool) -> str:
    """Two sentences about a measurement that is done or cancelled; `of_workload`: a timing of what runs already."""
    state = S(row.state)
    if of_workload:
        return f"{WHAT[state]} {OF_WORKLOAD[state]}"
    if Candidate.objects.filter(pk=row.candidate_id, state=State.IN_REVIEW).exists():
        return f"{WHAT[state]} {BACK[state]}"
    others = Measurement.objects.filter(candidate=row.candidate_id, state=S.OPEN)
    return f"{WHAT[state]} {WAITS if others.exists() else STAYS}"
