"""Self-evaluations scored again with a reviewer's values (复核得分): what reviewers state, what comes of it, its forms."""
