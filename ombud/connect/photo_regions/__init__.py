"""
Faces and writing in photos, found by two models that come inside Python packages; nothing is fetched.

Searching happens in a process of its own (`python -m ombud.connect.photo_regions`), with a limit on its memory and its
time: whatever goes wrong there, the worker lives on and the photo stays private.
"""
