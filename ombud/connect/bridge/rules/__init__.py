"""Pure decisions of the bridge: what the words of the other side mean, and what goes where."""
