"""What others take away: the rows of one version as files, as changes, as pages and as tiles. Reads files only."""
