"""What may be done: pure rules, one file a station of the therapy. Standard library only."""

from importlib import import_module

STATIONS = (
    "network",
    "people",
    "procedure",
    "curriculum",
    "training",
    "passport",
    "stock",
    "upkeep",
    "equipment",
    "room",
    "vector",
    "custody",
    "referral",
    "apheresis",
    "batch",
    "practice",
    "hold",
    "qualification_run",
    "form",
    "comparability",
    "comparability_report",
    "stability",
    "drift",
    "filling",
    "testing",
    "deviation",
    "quality_agreement",
    "escalation",
    "change",
    "impact",
    "effect",
    "notice",
    "complaint",
    "partner_audit",
    "attachment",
    "release",
    "infusion",
    "followup",
    "label",
    "exchange",
    "arrival",
    "package",
    "gap",
    "qualification",
    "regulation",
    "lease",
    "allotment",
    "plan",
    "sighting",
    "casebook_form",
    "casebook",
    "casebook_query",
)


def load() -> None:
    """Import every station, so that all actions and their applies are declared."""
    for station in STATIONS:
        import_module(f"milenari.rules.{station}")
