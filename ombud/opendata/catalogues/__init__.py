"""The record as other catalogues describe it: DCAT-US, Frictionless, CSVW, CKAN. Pure: facts in, trees out."""
