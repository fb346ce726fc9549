"""Words of the export desk: formats, judges, and why something is not exported."""

from django.utils.translation import gettext_lazy as _

REFUSALS = {
    "export-empty": _("Nobody is on record here for %(study)s, so there is nothing to export. Check the code."),
    "export-not-for-role": _(
        "A study's record is exported by these roles: %(roles)s. You act as %(role)s; choose another role of yours, or "
        "ask one of them."
    ),
    "export-format-unknown": _("%(found)s is no format of an export. There are: %(known)s."),
    "export-folder-not-empty": _(
        "The folder %(folder)s holds something already. Nothing was written: name a folder that is new or empty."
    ),
    "export-receiver-unknown": _(
        "%(site)s is no site of this network. An export is handed to a site that has an agreement; for anybody else, "
        "keep it on this node and let the site that answers for it hand it on."
    ),
    "export-without-basis": _(
        "%(site)s has no agreement in force under which these classes of data may be handed over: %(classes)s. Quality "
        "assurance or the coordinator records one as %(agreement)s."
    ),
    "snapshot-unreadable": _("The file holds no snapshot of an earlier export: %(detail)s. Take its manifest.json."),
    "snapshot-of-another-study": _("The snapshot is of %(found)s, not of %(study)s. Take the manifest of that export."),
    "snapshot-not-held": _(
        "The snapshot needs %(size)s entries of the log of %(site)s, and this node holds %(held)s. Receive its parcels "
        "first."
    ),
    "snapshot-other-log": _(
        "The log of %(site)s is not the one that the snapshot was taken of: its root differs. Do not use either; tell "
        "quality assurance and IT."
    ),
}

FORMATS = {
    "sdtm": (_("SDTM"), _("Dataset-JSON with define.xml and transport files, for sponsors and agencies")),
    "odm": (_("ODM"), _("One XML file with metadata and data, for systems of data capture")),
    "csv": (_("CSV"), _("The same datasets as tables with a dictionary")),
    "fhir": (_("FHIR"), _("One bundle of resources, for hospital systems")),
    "ebmt": (_("EBMT worksheet"), _("What the record can say for the day-hundred form, per participant")),
    "follow-up": (_("Follow-up"), _("Who is alive, visits to fifteen years and late effects, for a registry")),
    "analysis": (_("Analysis set"), _("One row per participant, with scripts that read it in R and Python")),
}

JUDGES = {
    "columns": _("Columns, keys and codelists of the export itself"),
    "dataset-json-1.1": _("Dataset-JSON, fields and types of the standard"),
    "xpt-5": _("Transport file, read back by another library"),
    "define-2.1": _("Define-XML schema"),
    "odm-1.3.2": _("ODM schema"),
    "fhir-r4b": _("FHIR models and references"),
}

LEFT_OUT = {"erased": _("Left out because their identity was erased")}
