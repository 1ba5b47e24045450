"""A whole study from a YAML file: sets, trainings, predictions, records and one report; what is done is not done again."""
