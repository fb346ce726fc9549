"""Words of the forms that come with the platform: titles, items, options, checks, in the order of a therapy.

A form is data and may bring its own languages; where it does not, its English words are looked up here and in the
catalogues, so that the same question is asked in the same words on every form.
"""

from __future__ import annotations

from django.utils.translation import gettext, pgettext


def _(text: str) -> str:
    """Marks a text for the catalogues; it is looked up when somebody reads the form."""
    return text


TEXTS = frozenset((
    # demographics
    _("Demographics"), _("Product"), _("Chain of identity"), _("Sex as recorded at referral"), _("Age at referral"),
    _("Informed consent signed on"), _("Assent of the child"), _("Assent signed on"), _("Height"),
    _("Weight at screening"), _("Day of screening"), _("given"), _("not required at this age"),
    _("the child is not able to give it"), _("Screening lies before the consent."),
    _("Consent and assent lie more than a month apart."),
    # history
    _("Medical history"), _("Kind"), _("Diagnosis or treatment, as reported"), _("Began on"), _("Ongoing at screening"),
    _("Ended on"), _("Lines of treatment before this trial"), _("Transplanted before this trial"),
    _("Blinatumomab before this trial"), _("Inotuzumab ozogamicin before this trial"), _("MedDRA code"),
    _("MedDRA version"), _("earlier treatment of the leukaemia"), _("genetics of the leukaemia"), _("other disease"),
    _("surgery"), _("The end lies before the beginning."),
    _("A code needs the version of the dictionary, and a version its code."),
    # disease
    _("Disease status, marrow and minimal residual disease"), _("Marrow taken on"), _("Blasts in the marrow"),
    _("Method of minimal residual disease"), _("Minimal residual disease"), _("Level of residual disease"),
    _("Sensitivity reached"), _("Central nervous system"), _("Disease outside the marrow"), _("Where"),
    _("flow cytometry"), _("PCR of immunoglobulin genes"), _("sequencing"), _("not measured"), _("negative"),
    _("positive"), _("cannot be judged"), _("not examined"),
    _("The level lies below the sensitivity that was reached."),
    _("Residual disease cannot be negative with so many blasts."),
    # eligibility
    _("Eligibility"), _("Assessed on"), _("Relapsed or refractory as the protocol defines it"), _("Performance scale"),
    _("Performance score"), _("Organ functions within the protocol's limits"), _("Uncontrolled infection"),
    _("Active graft-versus-host disease that needs treatment"), _("Pregnancy test"), _("Criterion that is not met"),
    _("Lansky"), _("Karnofsky"), _("Eligible, although a criterion above is not met."),
    _("Eligible, although the pregnancy test is positive."),
    # apheresis
    _("Apheresis"), _("Bag"), _("Collected at"), _("Volume"), _("Accepted for manufacture at"), _("Held by the site"),
    _("Venous access"), _("Duration"), _("Complication"), _("Which"), _("peripheral veins"), _("central catheter"),
    # bridging
    _("Bridging treatment"), _("Bridging treatment given"), _("Treatment"), _("steroids"),
    _("vincristine and steroids"), _("cytarabine"), _("methotrexate"), _("tyrosine kinase inhibitor"),
    _("intrathecal only"), _("radiation"), _("other"),
    # lymphodepletion
    _("Lymphodepletion"), _("Weight the doses rest on"), _("Fludarabine given"), _("Fludarabine, dose a day"),
    _("Fludarabine, days"), _("Fludarabine, first day"), _("Cyclophosphamide given"), _("Cyclophosphamide, dose a day"),
    _("Cyclophosphamide, days"), _("Cyclophosphamide, first day"), _("Why none was given"),
    _("Fit for the infusion as the protocol asks"), _("leukocytes were low already"),
    _("toxicity of earlier treatment"), _("The two drugs begin more than a week apart."),
    # infusion
    _("Infusion"), _("Batch"), _("Process version"), _("Made at"), _("Manufacture started at"), _("Released at"),
    _("Vector lot"), _("Vector container"), _("Fraction"), _("Cells given"), _("Weight the dose rests on"),
    _("Decided at"), _("First check at the bed by"), _("Second check at the bed by"), _("Given at"),
    _("Premedication as the protocol asks"), _("Infusion interrupted"), _("Why"), _("Reaction during the infusion"),
    _("fever"), _("rash"), _("hypotension"), _("anaphylaxis"),
    # visit
    _("Follow-up visit"), _("Seen on"), _("How"), _("Alive"), _("Weight"), _("Temperature"), _("Pulse"),
    _("Systolic blood pressure"), _("Oxygen saturation"), _("Performance score, Lansky or Karnofsky"),
    _("New treatment of the leukaemia since the last visit"), _("Its first day"), _("Second malignancy"),
    _("Infection treated since the last visit"), _("Replication-competent lentivirus"), _("in person"),
    _("by telephone"), _("from records"), _("not due"),
    # crs
    _("Cytokine release syndrome, by day"), _("Day"), _("Highest temperature"),
    _("Fever blunted by antipyretics, tocilizumab or steroids"), _("Hypotension"), _("Hypoxia"), _("Grade by ASTCT"),
    _("Tocilizumab this day"), _("Steroids this day"), _("In intensive care this day"), _("grade zero"), _("grade one"),
    _("grade two"), _("grade three"), _("grade four"), _("none"), _("without vasopressors"),
    _("one vasopressor, with or without vasopressin"), _("several vasopressors without vasopressin"),
    _("low-flow oxygen"), _("high-flow oxygen or mask"), _("positive pressure or ventilation"),
    _("Fever without a grade: say what other cause explains it."),
    _("A grade without fever, and nothing that blunts it."),
    _("Several vasopressors without vasopressin are grade four by ASTCT."),
    _("A vasopressor is grade three or more by ASTCT."), _("Hypotension is grade two or more by ASTCT."),
    _("Positive pressure or ventilation is grade four by ASTCT."),
    _("High-flow oxygen is grade three or more by ASTCT."), _("Oxygen is grade two or more by ASTCT."),
    _("Grade four by ASTCT is several vasopressors, positive pressure or ventilation."),
    _("Grade three by ASTCT is one vasopressor, high-flow oxygen or a mask."),
    _("Grade two by ASTCT is hypotension without vasopressors, or low-flow oxygen."),
    _("Grade one is fever alone; without it, and without support, nothing is left to grade."),
    # icans
    _("Neurotoxicity (ICANS), by day"), _("Scale of the assessment"), _("ICE score"), _("CAPD score"),
    _("Depressed consciousness"), _("Seizure"),
    _("New deep focal weakness, as of one side or of both legs"), _("Cerebral oedema"), _("ICE"), _("CAPD"),
    _("awake"), _("wakes to voice"), _("wakes to touch only"), _("cannot be woken"), _("brief"),
    _("prolonged or repeated"), _("focal, in imaging"), _("diffuse, in imaging"),
    _("This ICE score is grade one or more by ASTCT."), _("This ICE score is grade two or more by ASTCT."),
    _("This ICE score is grade three or more by ASTCT."),
    _("Delirium by this CAPD score is grade three or more by ASTCT."),
    _("This CAPD score is grade one or more by ASTCT, unless the child was so before."),
    _("A seizure is grade three or more by ASTCT."), _("A prolonged seizure is grade four by ASTCT."),
    _("Who wakes to voice only has grade two or more by ASTCT."),
    _("Who wakes to touch only has grade three or more by ASTCT."), _("Who cannot be woken has grade four by ASTCT."),
    _("Deep focal weakness is grade four by ASTCT."), _("Focal oedema is grade three or more by ASTCT."),
    _("Diffuse oedema is grade four by ASTCT."), _("Nothing on the page is grade four by ASTCT."),
    _("Nothing on the page is grade three by ASTCT."), _("Nothing on the page is grade two by ASTCT."),
    _("Nothing on the page is grade one by ASTCT."),
    # blood-count
    _("Blood count"), _("Taken at"), _("Haemoglobin"), _("Leukocytes"), _("Neutrophils"), _("Lymphocytes"),
    _("Platelets"), _("Blasts in blood"), _("Red cells or platelets in the three days before"),
    _("G-CSF in the three days before"), _("There are more neutrophils than leukocytes."),
    _("There are more lymphocytes than leukocytes."),
    # inflammation
    _("Ferritin, C-reactive protein, immunoglobulin G"), _("Ferritin"), _("C-reactive protein"), _("Immunoglobulin G"),
    _("Immunoglobulins given in the four weeks before"), _("Upper limit of normal of ferritin, by the laboratory"),
    _("Fibrinogen"), _("ALT or AST, the higher, in multiples of the upper limit of normal"),
    _("Haemophagocytosis seen in marrow or other tissue"),
    # b-cells
    _("B cells and expansion of CAR-T cells"), _("CAR-positive T cells in blood"), _("CAR-positive share of T cells"),
    _("Transgene in blood"), _("Method of B cells"), _("Loss of B-cell aplasia, as the protocol defines it"),
    _("Confirmed by a second sample"), _("flow cytometry of high sensitivity"),
    _("Aplasia is not lost without a B cell."),
    # response
    _("Response"), _("complete remission"), _("complete remission with incomplete recovery of blood counts"),
    _("no response"), _("relapse"), _("cannot be evaluated"), _("mixed"), _("present"),
    _("A remission has fewer blasts in the marrow."),
    _("The counts are those of a remission with incomplete recovery."), _("No residual disease, and no remission."),
    # adverse-event
    _("Adverse event"), _("Event, as reported"), _("CTCAE term"), _("CTCAE version"), _("Grade by CTCAE"), _("Ongoing"),
    _("Outcome of the event"), _("Related to the CAR-T product"), _("Related to lymphodepletion"),
    _("Expected by the investigator's brochure"), _("Serious"), _("It led to death"), _("It was life-threatening"),
    _("It led to, or prolonged, a stay in hospital"), _("It left a disability"), _("It is a congenital anomaly"),
    _("It is medically important otherwise"), _("What was done with the product"), _("version five"), _("version six"),
    _("grade five"), _("unknown"), _("related"), _("possibly related"), _("next fraction held"),
    _("next fraction cancelled"), _("A serious event needs a reason why it is serious."),
    _("A fatal grade has a fatal outcome."), _("A fatal outcome has the fatal grade."), _("A fatal event is serious."),
    _("A life-threatening grade, and not serious."), _("An ongoing event has no final outcome."),
    # treatment
    _("Concomitant treatment"), _("Drug or treatment"), _("Given for"), _("Dose"), _("Route"), _("tocilizumab"),
    _("steroid"), _("anakinra"), _("anti-infective"), _("immunoglobulins"), _("antiepileptic"), _("blood product"),
    _("cytokine release syndrome"), _("neurotoxicity"), _("hyperinflammation (IEC-HS)"), _("infection"),
    _("prophylaxis"), _("low immunoglobulins"), _("intravenous"), _("by mouth"), _("intrathecal"), _("subcutaneous"),
    # transplant
    _("Transplant after CAR-T"), _("Transplanted on"), _("State of the leukaemia at transplant"), _("Why transplanted"),
    _("Donor"), _("Source of cells"), _("Total body irradiation"), _("B-cell aplasia until transplant"),
    _("remission without residual disease"), _("remission with residual disease"), _("active disease"),
    _("planned consolidation"), _("B cells came back"), _("residual disease came back"), _("matched sibling"),
    _("matched unrelated"), _("haploidentical"), _("cord blood"), _("marrow"), _("peripheral blood"),
    # end-of-study
    _("End of study"), _("Withdrawn by"), _("Data collected until then may be used"), _("Last known alive on"),
    _("Goes on to follow-up of fifteen years"), _("as planned"), _("death"), _("consent withdrawn"),
    _("lost to follow-up"), _("never infused"), _("stopped by the sponsor"), _("parents or guardian"),
    _("investigator"), _("The last contact lies after the end."),
    # death
    _("Death"), _("Died on, as recorded in follow-up"), _("Died on"), _("Cause"), _("Autopsy done"),
    _("Tumour or blood examined for the vector"), _("leukaemia"), _("transplant"),
    _("The day differs from that recorded in follow-up; correct the one that is wrong."),
))  # fmt: skip
ELSEWHERE = {
    "Eligible": "station", "fatal": "adverse event", "not applicable": "missing value",
    "not recovered": "adverse event", "not related": "cause", "participant": "kind", "recovered": "adverse event",
    "recovered with sequelae": "adverse event", "recovering": "adverse event",
}  # fmt: skip
"""Words that other pages have already, by the context under which they stand in the catalogues."""
MARKED: dict[str, tuple[str, dict[str, str]]] = {
    "CD3-positive cells in blood before": (_("%(marker)s-positive cells in blood before"), {"marker": "CD3"}),
    "CD19-positive B cells in blood": (_("%(marker)s-positive B cells in blood"), {"marker": "CD19"}),
    "CD19-positive share of the blasts": (_("%(marker)s-positive share of the blasts"), {"marker": "CD19"}),
    "CD19 on the blasts at relapse": (_("%(marker)s on the blasts at relapse"), {"marker": "CD19"}),
    "CD19-positive B-cell acute lymphoblastic leukaemia": (
        _("%(marker)s-positive B-cell acute lymphoblastic leukaemia"), {"marker": "CD19"}),
    "Central nervous system involvement CNS-3": (
        _("Central nervous system involvement %(stage)s"), {"stage": "CNS-3"}),
    "Interleukin 6": (_("Interleukin %(number)s"), {"number": "6"}),
}  # fmt: skip
"""Texts with a code or number in them, which stand isolated, so that no language mirrors them."""
CODES = frozenset({"CNS-1", "CNS-2", "CNS-3"})
"""What is written alike in every language."""


def spoken(english: str) -> str:
    """The words of a form in the reader's language, or the English ones where nobody has translated them."""
    if english in MARKED:
        template, facts = MARKED[english]
        told = gettext(template)
        marked = {name: f"\u2066{fact}\u2069" for name, fact in facts.items()}
        return english if told == template else told % marked
    if english in ELSEWHERE:
        return pgettext(ELSEWHERE[english], english)
    return gettext(english) if english in TEXTS else english


__all__ = ["CODES", "ELSEWHERE", "MARKED", "TEXTS", "spoken"]
