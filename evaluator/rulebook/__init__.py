"""The rule book: policies, goal tables and finding rules of a workspace, read together and checked."""
