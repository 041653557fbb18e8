"""Pages for authors of programs: what there is to call, something to try it with, and their keys."""
