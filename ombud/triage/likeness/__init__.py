"""Which reports are about the same thing: scored with reasons, joined or asked about, and always undone again."""
