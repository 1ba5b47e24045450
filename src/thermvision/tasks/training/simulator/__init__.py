"""Samples straight from the simulator: portraits and wild frames of people who never come again; needs no torch.

`unit.make_unit` makes a stretch of samples, a pure function of settings and its number; `workers` make units in processes;
`thermvision.tasks.training.simulator_source` hands them out.
"""
