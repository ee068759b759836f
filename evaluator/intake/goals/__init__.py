"""Goal tables → drafts of rule files, and reports of monitoring."""
