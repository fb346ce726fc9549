"""Drills: what must hold when links, machines, people and keys fail, played on real nodes.

    script/drill                              what there is
    script/drill hostile --size full          one of them
    script/drill all --engine postgresql      all of them

Each is a file here with ``drill(asked) -> Found``; ``DRILLS`` in frame.py names them. The same function at its small
size is a test (test_drills.py). Results of full runs: tests/drills/README.md.
"""
