"""The shapes of input: the short form, and the assessor's page."""

from backlog.forms.filing import AssignForm, ShortForm
from backlog.forms.page import EstimatesForm
from backlog.forms.sizing import RateForm
from backlog.forms.teams import AddTeamForm, ChangeTeamForm
from backlog.forms.tickets import ColumnsForm, GroupDraftForm, TicketUploadForm

__all__ = [
    "AddTeamForm",
    "AssignForm",
    "ChangeTeamForm",
    "ColumnsForm",
    "EstimatesForm",
    "GroupDraftForm",
    "RateForm",
    "ShortForm",
    "TicketUploadForm",
]
