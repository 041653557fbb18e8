"""What a person's words say: which service they ask for, whether somebody is in danger, what must not be passed on."""
