"""An input for every command of ``milenari stats``: made up to be read, unless a source is named in it."""

EXAMPLES = {
    "tost": """\
# one row per pair: halves of one apheresis, made at two sites; CAR-positive cells in percent (made up)
first,second,unit
38.1,39.0,%
41.7,40.2,%
35.4,36.6,%
44.0,43.1,%
39.2,40.5,%
42.8,41.9,%
""",
    "tolerance": """\
# viability at harvest in percent (made up)
value,unit
93.1,%
95.4,%
94.2,%
96.0,%
92.7,%
94.9,%
95.1,%
93.8,%
""",
    "quality-range": """\
# group is reference or tested (made up)
group,value
reference,39.1
reference,41.4
reference,37.6
reference,42.0
reference,40.3
reference,38.8
tested,36.9
tested,40.9
tested,43.2
""",
    "capability": """\
# in time order (made up)
value
16.2
14.8
15.9
17.1
15.2
16.6
15.5
16.0
14.9
16.4
""",
    "control-chart": """\
# NIST/SEMATECH e-Handbook 6.3.2.2, flow rates; key names the result
key,value
B01,49.6
B02,47.6
B03,49.9
B04,51.3
B05,47.8
B06,51.2
B07,52.6
B08,52.4
B09,53.6
B10,52.1
""",
    "shelf-life": """\
# LeBlond, Griffith & Aubuchon, J Valid Technol 2011;17(3):47-68, batches b2, b5, b7; percent of label claim
batch,month,value
b2,0,101.0
b2,1,101.3
b2,3,99.8
b2,3,99.2
b2,6,99.5
b2,6,97.8
b2,12,97.4
b2,12,97.2
b2,24,96.9
b2,24,96.0
b5,0,102.0
b5,1,101.4
b5,2,100.8
b5,3,100.2
b5,3,99.7
b5,6,98.8
b5,6,98.5
b5,12,98.0
b5,12,97.1
b5,24,96.6
b5,24,96.1
b7,0,101.3
b7,1,101.5
b7,3,100.2
b7,3,99.8
b7,6,99.0
b7,6,98.5
b7,12,98.5
b7,12,97.4
b7,24,96.6
b7,24,96.4
""",
    "proportion": """\
# successful batches of all decided ones, per site (made up)
site,successful,of
AMM,7,8
BCN,47,50
BEY,5,6
ROM,12,12
""",
    "linear": """\
# (made up)
x,y
0,0.1
1,2.1
2,3.9
3,6.2
4,7.8
""",
    "anova": """\
# (made up)
group,value
BCN,38.1
BCN,41.7
BCN,39.9
ROM,36.2
ROM,38.0
ROM,37.4
BEY,40.3
BEY,42.2
BEY,39.5
""",
    "describe": """\
value
12.1
12.4
11.9
12.6
""",
    "hierarchy": """\
# the same donors at two sites, two vector lots (made up)
site,donor,lot,value
BCN,D1,V1,40.1
ROM,D1,V1,39.2
BCN,D2,V1,44.6
ROM,D2,V2,44.9
BCN,D3,V2,36.0
ROM,D3,V2,34.1
BCN,D4,V2,41.8
ROM,D4,V1,40.3
BCN,D5,V1,38.7
ROM,D5,V1,38.0
BCN,D6,V3,43.1
ROM,D6,V3,42.6
""",
    "endpoints": """\
# one row per batch; an empty cell is not known yet; further columns in percent are taken as subsets (made up)
batch,site,viable_cells,transduction,cd4,successful,apheresis_at,infused_at
BCN-B-1,BCN,1.495e9,26.0,55.1,yes,2026-01-10T09:00+01:00,2026-01-24T10:00+01:00
BCN-B-2,BCN,1.746e9,41.9,48.7,yes,2026-02-02T09:00+01:00,2026-02-15T11:00+01:00
BCN-B-3,BCN,1.340e9,39.7,51.3,no,2026-03-01T08:30+01:00,
ROM-B-1,ROM,1.602e9,35.2,,yes,2026-03-12T08:00+01:00,2026-03-27T09:15+01:00
ROM-B-2,ROM,,,,,2026-04-20T08:00+02:00,
""",
}
EXAMPLES["ewma"] = EXAMPLES["cusum"] = EXAMPLES["drift"] = EXAMPLES["control-chart"]
