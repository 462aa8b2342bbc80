"""Logs, metrics of logs, alerts, uptime checks."""

from policies.resource import View


class LogBucket(View):
    """Where logs are kept."""

    TYPES = ("gcp:logging/projectBucketConfig:ProjectBucketConfig",)

    @property
    def id(self) -> str:
        return self._of.text("bucketId")

    @property
    def kept_days(self) -> float:
        return self._of.number("retentionDays") or 30

    @property
    def location(self) -> str:
        return self._of.text("location")

    @property
    def is_locked(self) -> bool:
        """Whether nobody can shorten its retention or delete it, ever again."""
        return self._of.flag("locked")


class LogSink(View):
    """Which logs go where."""

    TYPES = ("gcp:logging/projectSink:ProjectSink",)

    @property
    def filter(self) -> str:
        return " ".join(self._of.text("filter").split())

    @property
    def takes_audit_logs(self) -> bool:
        """Whether it is about audit logs at all: `audit-sink-whole` says whether it takes all of them."""
        return "cloudaudit.googleapis.com" in self.filter

    @property
    def is_on(self) -> bool:
        return not self._of.flag("disabled")

    @property
    def exclusions(self) -> tuple[str, ...]:
        """Filters of what it leaves out."""
        return tuple(
            " ".join(each.text("filter").split()) for each in self._of.each("exclusions") if not each.flag("disabled")
        )

    @property
    def bucket_id(self) -> str:
        """Of the log bucket that it fills."""
        return self._of.text("destination").rpartition("/")[2]


class LogExclusion(View):
    """Which logs are not kept."""

    TYPES = ("gcp:logging/projectExclusion:ProjectExclusion",)

    @property
    def filter(self) -> str:
        return " ".join(self._of.text("filter").split())

    @property
    def is_on(self) -> bool:
        return not self._of.flag("disabled")


class LogMetric(View):
    """Counts log entries."""

    TYPES = ("gcp:logging/metric:Metric",)

    @property
    def filter(self) -> str:
        return self._of.text("filter")

    @property
    def name(self) -> str:
        return self._of.text("name")


class Alert(View):
    """When somebody is called."""

    TYPES = ("gcp:monitoring/alertPolicy:AlertPolicy",)

    @property
    def is_on(self) -> bool:
        return self._of.flag("enabled", default=True)

    @property
    def has_channel(self) -> bool:
        return len(self._of.each("notificationChannels")) > 0

    @property
    def instructions(self) -> str:
        return self._of.text("documentation", "content")

    @property
    def queries(self) -> tuple[str, ...]:
        return tuple(
            condition.text("conditionPrometheusQueryLanguage", "query") + condition.text("conditionThreshold", "filter")
            for condition in self._of.each("conditions")
        )


class UptimeCheck(View):
    """Asks a page from outside."""

    TYPES = ("gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig",)

    @property
    def checks_certificate(self) -> bool:
        return self._of.flag("httpCheck", "useSsl") and self._of.flag("httpCheck", "validateSsl")
