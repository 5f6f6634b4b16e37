"""Coverage-guided fuzzing of everything of ours that reads what somebody else wrote."""
