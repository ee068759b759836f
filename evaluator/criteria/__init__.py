"""Scoring standards (评分标准): a sentence read as a tree, what it leaves open asked, its points exact and explained."""
