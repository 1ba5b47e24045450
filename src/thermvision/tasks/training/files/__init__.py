"""Data sets as a source of samples: rows read, people dealt, pictures kept, samples drawn."""
