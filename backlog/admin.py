"""The admin reads; writing goes through the pages, where operations keep the rules."""

from django.contrib import admin

from aiops.admin import ReadOnly
from backlog import models

for model in (
    models.Candidate,
    models.Estimate,
    models.Correlation,
    models.Team,
    models.Effort,
    models.Relation,
    models.StageEntry,
    models.TicketLog,
    models.TicketGroup,
    models.Comment,
    models.Question,
    models.Vote,
    models.Follower,
    models.Evidence,
    models.ColumnMap,
):
    admin.site.register(model, ReadOnly)
