"""The rule book for auditors: rules and goals in sentences, glossary, what the scenarios cover."""
