"""Training of detectors, landmark and gender networks on data sets or on the simulator; the only part of tasks that needs torch."""
