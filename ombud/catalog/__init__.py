"""What a city offers and how it looks: jurisdictions, agencies, services, forms, targets, calendars, texts."""
