"""What a scrape asks users' code for: functions, collectors, async overrides."""
