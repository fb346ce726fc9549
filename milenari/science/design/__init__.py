"""Designs of early-phase trials: how many, which dose next, when to stop, and what each rule costs if not so.

No kept Python package has these; each file names the paper it follows. Probabilities are exact wherever the design has
finitely many outcomes worth adding up, and simulated with a stated seed elsewhere.
"""
