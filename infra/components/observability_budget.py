"""Who is told when a project costs more than it should. A budget stops nothing: it only tells."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component

# Google takes up to five channels for a budget.
_MOST_CHANNELS = 5
_SPENT = (0.5, 0.8, 1.0)
_FORECAST = 1.0


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What a project may cost. monthly_usd: whole US dollars; the billing account must be kept in that currency."""

    billing_account: str
    project_number: int
    monthly_usd: int


def budget(component: Component, prefix: str, spending: Spending, channels: Sequence[pulumi.Input[str]]) -> None:
    """Tells the channels at 50, 80 and 100 % of the month's amount, and when the month is forecast to pass it.

    The whole project counts, not one stack's labels: much of what is paid (traffic, logs, keys) bears none.
    """
    gcp.billing.Budget(
        component.child("budget"),
        billing_account=spending.billing_account,
        display_name=f"{prefix}: a month",
        amount=gcp.billing.BudgetAmountArgs(
            specified_amount=gcp.billing.BudgetAmountSpecifiedAmountArgs(
                currency_code="USD", units=str(spending.monthly_usd)
            )
        ),
        budget_filter=gcp.billing.BudgetBudgetFilterArgs(
            projects=[f"projects/{spending.project_number}"],
            calendar_period="MONTH",
            # Committed use and free tiers lower what is really paid.
            credit_types_treatment="INCLUDE_ALL_CREDITS",
        ),
        threshold_rules=[
            *(
                gcp.billing.BudgetThresholdRuleArgs(threshold_percent=share, spend_basis="CURRENT_SPEND")
                for share in _SPENT
            ),
            gcp.billing.BudgetThresholdRuleArgs(threshold_percent=_FORECAST, spend_basis="FORECASTED_SPEND"),
        ],
        all_updates_rule=gcp.billing.BudgetAllUpdatesRuleArgs(
            monitoring_notification_channels=list(channels)[:_MOST_CHANNELS],
            # Whoever administers the billing account hears of it as well: the channels are ours, and may be broken.
            disable_default_iam_recipients=False,
        ),
        opts=component.under(),
    )
