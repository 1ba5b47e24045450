"""A model on a labelled data set: who is tested, what is true, records beside the baselines, a report."""
