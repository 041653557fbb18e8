"""Pure decisions about likeness."""
