"""Files that a city published before: data sets with the columns they had there, so that old links go on working."""
