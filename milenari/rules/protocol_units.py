"""Protocol units: the unit of each parameter of a protocol that a rule looks up by its name; no actions."""

READ_IN = {
    "iec-hs-ferritin-times": "1", "iec-hs-rise-times": "1", "iec-hs-rise-days": "d", "iec-hs-transaminases-times": "1",
    "iec-hs-fibrinogen": "g/L", "iec-hs-neutrophils": "10*9/L", "iec-hs-platelets": "10*9/L",
    "iec-hs-haemoglobin": "g/dL", "iec-hs-together-days": "d", "iec-hs-further": "1", "ctcae-version": "1",
}  # fmt: skip
