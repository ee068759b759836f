"""What can still be reached: exact highest scores, forecasts, goal-seeking, what-if, sensitivity."""
