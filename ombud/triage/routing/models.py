"""The rules of a city, each version whole, and what happened when one could not be followed."""

from django.db import models


class RuleSet(models.Model):
    """
    All the rules of a city in their order, at one version. Version 0 is the draft; a published one never changes.

    Going back is publishing an old version's rules again, as a new version.
    """

    jurisdiction_id = models.CharField(max_length=32)
    version = models.PositiveIntegerField(default=0)
    rules = models.JSONField(default=list)
    begun_from = models.PositiveIntegerField(default=0, help_text="The version that the draft was made from")
    edits = models.PositiveIntegerField(default=0, help_text="How often the draft was changed")
    by_id = models.BigIntegerField(null=True, help_text="Who published it, or changed the draft last")
    at = models.DateTimeField(help_text="When it was published, or changed last")
    reason = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=8, help_text="desk, file, back")

    class Meta:
        db_table = "ombud_routing_rules"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "version"], name="ombud_routing_rules_once")]

    def __str__(self) -> str:
        return f"rules v{self.version}"


class Replay(models.Model):
    """A run of the draft over the requests of the last months: what would change, with examples."""

    jurisdiction_id = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, help_text="Of the rules that were tried")
    against = models.PositiveIntegerField(help_text="The published version they were compared with")
    since = models.DateTimeField()
    until = models.DateTimeField()
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        db_table = "ombud_routing_replay"
        indexes = [models.Index(fields=["jurisdiction_id", "-asked_at"], name="ombud_routing_replay_newest")]

    def __str__(self) -> str:
        return f"replay {self.pk}"


class RoutingFailure(models.Model):
    """That a rule could not be followed for a request, which lies in the triage queue of its agency since."""

    jurisdiction_id = models.CharField(max_length=32)
    request_id = models.BigIntegerField()
    rule_version = models.PositiveIntegerField()
    rule = models.CharField(max_length=40, blank=True, help_text="Empty: the catalogue itself")
    fault = models.CharField(max_length=30)
    what = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "ombud_routing_failure"
        indexes = [models.Index(fields=["jurisdiction_id", "rule", "-at"], name="ombud_routing_failure_rule")]

    def __str__(self) -> str:
        return f"{self.rule} {self.fault}"


class RoutingAlarm(models.Model):
    """That a rule failed on a day: told by mail once, and shown until somebody has seen to it."""

    jurisdiction_id = models.CharField(max_length=32)
    rule = models.CharField(max_length=40, blank=True)
    fault = models.CharField(max_length=30)
    what = models.CharField(max_length=120, blank=True)
    on = models.DateField(help_text="The day, on the city's calendar")
    first_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ombud_routing_alarm"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "rule", "on"], name="ombud_routing_alarm_once")
        ]
        indexes = [
            models.Index(
                fields=["jurisdiction_id"], condition=models.Q(seen_at__isnull=True), name="ombud_routing_alarm_open"
            )
        ]

    def __str__(self) -> str:
        return f"alarm of {self.rule} on {self.on}"


class ServedScheme(models.Model):
    """Who is served by whom and when, as the city's file says; see `rules.scheme`."""

    jurisdiction_id = models.CharField(max_length=32)
    code = models.CharField(max_length=40)
    definition = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_served_scheme"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "code"], name="ombud_served_scheme_once")]

    def __str__(self) -> str:
        return self.code


class Appointment(models.Model):
    """The day that a resident chose for a request. The request's own booking says the same; this counts the room."""

    jurisdiction_id = models.CharField(max_length=32)
    request_id = models.BigIntegerField()
    scheme = models.CharField(max_length=40)
    area = models.CharField(max_length=60)
    unit = models.CharField(max_length=80, blank=True)
    on = models.DateField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_appointment"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "request_id"], name="ombud_appointment_once")]
        indexes = [models.Index(fields=["jurisdiction_id", "scheme", "area", "on"], name="ombud_appointment_day")]

    def __str__(self) -> str:
        return f"appointment of {self.request_id} on {self.on}"
