"""Every channel ends here, in one command: submit."""
