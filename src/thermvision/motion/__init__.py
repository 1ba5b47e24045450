"""What moves a head: tracked videos, built-in programs, and the file they are kept in."""
