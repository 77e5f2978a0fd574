"""Every write of the kernel: people, grants, units, finance, tokens, set-up."""

from aiops.operations.currency import change_currency, currency_changed, preview_currency
from aiops.operations.finance import add_rate, end_rate, update_company
from aiops.operations.grants import confirm_grant, grant_role, revoke_grant
from aiops.operations.people import create_user, deactivate_user, invite, reactivate_user, update_user
from aiops.operations.setup import FirstPerson, choose_first_password, name_at_setup, set_up
from aiops.operations.tokens import create_token, revoke_token
from aiops.operations.units import create_unit, rename_unit

__all__ = [
    "FirstPerson",
    "add_rate",
    "change_currency",
    "choose_first_password",
    "confirm_grant",
    "create_token",
    "create_unit",
    "create_user",
    "currency_changed",
    "deactivate_user",
    "end_rate",
    "grant_role",
    "invite",
    "name_at_setup",
    "preview_currency",
    "reactivate_user",
    "rename_unit",
    "revoke_grant",
    "revoke_token",
    "set_up",
    "update_company",
    "update_user",
]
