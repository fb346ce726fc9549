"""An input for every command of ``milenari analyse``. All patients are made up."""

PATIENTS = """\
# one row per patient enrolled (made up); outcome is the best response, times in months
patient,site,product,enrolled,infused,outcome,status,from_enrolment,from_infusion,unit
P01,Rome,fresh,yes,yes,CR,relapse,7.4,6.1,months
P02,Rome,fresh,yes,yes,CR,alive,25.2,24.0,months
P03,Rome,frozen,yes,yes,CRi,transplant,5.5,4.2,months
P04,Rome,frozen,yes,no,,death,1.1,,months
P05,Rome,fresh,yes,yes,CR,alive,19.3,18.1,months
P06,Rome,frozen,yes,yes,NR,death,3.0,1.8,months
P07,Beirut,fresh,yes,yes,CR,relapse,10.6,9.4,months
P08,Beirut,frozen,yes,yes,CR,alive,15.0,13.7,months
P09,Beirut,fresh,yes,yes,CRi,alive,13.1,12.0,months
P10,Beirut,frozen,yes,yes,CR,relapse,4.3,3.1,months
P11,Beirut,frozen,yes,no,,alive,8.8,,months
P12,Beirut,fresh,yes,yes,CR,transplant,4.4,3.2,months
P13,Tunis,fresh,yes,yes,CR,alive,22.0,20.7,months
P14,Tunis,frozen,yes,yes,NR,relapse,2.2,1.0,months
P15,Tunis,frozen,yes,yes,CR,death,9.0,7.7,months
P16,Tunis,fresh,yes,yes,CR,alive,11.4,10.2,months
"""

EXAMPLES = {
    "rate": PATIENTS,
    "km": PATIENTS,
    "cif": PATIENTS,
    "attribute": """\
# one row per product infused (made up); viability at release in percent
patient,site,viability,infused,outcome,status,from_infusion,unit
P01,Rome,91,yes,CR,relapse,6.1,months
P02,Rome,96,yes,CR,alive,24.0,months
P03,Rome,88,yes,CRi,alive,14.2,months
P06,Rome,79,yes,NR,relapse,1.8,months
P07,Beirut,90,yes,CR,relapse,9.4,months
P08,Beirut,93,yes,CR,alive,13.7,months
P09,Beirut,84,yes,CRi,alive,12.0,months
P10,Beirut,81,yes,NR,relapse,3.1,months
P13,Tunis,94,yes,CR,alive,20.7,months
P14,Tunis,83,yes,NR,relapse,1.0,months
P15,Tunis,82,yes,CR,relapse,7.7,months
P16,Tunis,95,yes,CR,alive,10.2,months
""",
    "aplasia": """\
# one row per sample (made up): CD19-positive B cells in blood, days from infusion
patient,day,value,unit
P01,28,0,/uL
P01,90,2,/uL
P01,180,140,/uL
P01,210,180,/uL
P02,28,0,/uL
P02,180,0,/uL
P02,360,1,/uL
P03,28,12,/uL
P03,90,130,/uL
P03,120,40,/uL
P03,180,155,/uL
P03,200,160,/uL
P05,28,210,/uL
P07,28,0,/uL
P07,120,3,/uL
P07,240,120,/uL
""",
    "kinetics": """\
# one row per sample (made up): transgene in blood, days from infusion
patient,day,value,unit
P01,0,0,copies/ug DNA
P01,3,900,copies/ug DNA
P01,7,21000,copies/ug DNA
P01,10,64000,copies/ug DNA
P01,14,38000,copies/ug DNA
P01,28,4100,copies/ug DNA
P02,0,0,copies/ug DNA
P02,7,11800,copies/ug DNA
P02,14,25500,copies/ug DNA
P02,21,9000,copies/ug DNA
P02,30,2600,copies/ug DNA
P06,0,0,copies/ug DNA
P06,7,40,copies/ug DNA
P06,14,1500,copies/ug DNA
""",
    "icaht": """\
# one row per count (made up): neutrophils, days from infusion; ended is the last day that counts, where there is one
patient,day,value,ended,unit
P01,0,2100,,/uL
P01,4,900,,/uL
P01,7,300,,/uL
P01,10,80,,/uL
P01,14,60,,/uL
P01,18,90,,/uL
P01,21,700,,/uL
P01,28,1600,,/uL
P01,45,900,,/uL
P01,60,1400,,/uL
P02,0,1800,,/uL
P02,7,400,,/uL
P02,9,650,,/uL
P02,11,450,,/uL
P02,16,1200,,/uL
P02,30,2400,,/uL
P06,0,300,12,/uL
P06,6,100,12,/uL
P06,12,40,12,/uL
""",
    "swimmer": """\
# one row per span, or per mark where to is empty (made up)
patient,what,from,to,unit
P02,remission,1,24,months
P02,response,1,,months
P02,ongoing,24,,months
P01,remission,1,6.1,months
P01,response,1,,months
P01,relapse,6.1,,months
P01,after relapse,6.1,11,months
P01,death,11,,months
P03,remission,1,4.2,months
P03,response,1,,months
P03,transplant,4.2,,months
P03,after transplant,4.2,15,months
P03,ongoing,15,,months
P06,no remission,0,1.8,months
P06,death,1.8,,months
""",
    "waterfall": """\
# one row per patient (made up): marrow blasts, best change from baseline
patient,value,product,unit
P01,-100,fresh,% change
P02,-100,fresh,% change
P03,-98,frozen,% change
P06,24,frozen,% change
P10,-62,frozen,% change
P14,-8,frozen,% change
""",
}
