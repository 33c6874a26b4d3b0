"""Who answers and who draws: providers, painters, scenarios, and what each is told."""
