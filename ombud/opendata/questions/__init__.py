"""The questions that people of any city ask of its record: a file each, with words, query, chart and caveats."""
