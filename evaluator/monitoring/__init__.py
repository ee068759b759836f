"""The year as it goes: points of time, colours, warnings, the monitoring form."""
