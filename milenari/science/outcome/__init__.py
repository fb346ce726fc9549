"""Outcomes of a trial: shares, times to an event, competing risks, kinetics; each with the terms it was computed under.

Estimation of competing risks is our own: lifelines breaks ties at random. Which statuses are the event, which end a
time without it, who is counted, from when time runs and what kind of interval is given have no default; an answer
repeats them.
"""
