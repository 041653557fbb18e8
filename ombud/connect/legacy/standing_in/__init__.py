"""
What the stand-ins of old systems share: real places to fill them with, faults to switch on, a way to run.

A stand-in plays one old system for the demo and for tests: a real server of its kind, with its quirks, in a process
of its own. It knows nothing of Ombud, needs no Django, and keeps its state in a folder of its own.
"""
